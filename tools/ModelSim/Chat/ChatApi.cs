using System.Text;
using System.Text.Json;
using Slipway.ModelSim.Attempts;
using Slipway.ModelSim.Chat;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim;

/// <summary><c>POST /v1/chat/completions</c>, whole and streamed.</summary>
internal static class ChatApi
{
    private const string Fingerprint = "fp_sim_1";

    public static WebApplication MapChat(this WebApplication app)
    {
        app.MapPost("/v1/chat/completions", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, SimOptions options, AttemptLog log, TimeProvider time)
    {
        SimRequest request;
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            request = SimRequest.Read(body.RootElement);
        }
        catch (JsonException)
        {
            throw new ApiException(ApiError.Invalid(null, "The body is not valid JSON."));
        }

        var attempt = log.Start(http.Request.Path, request.Model, request.Stream);
        try
        {
            var pace = Pace.Of(http.Request, request.Model, options);
            if (request.Stream) await StreamAsync(http, request, pace, attempt, time);
            else await CompleteAsync(http, request, pace, attempt, time);
            attempt.Outcome = "completed";
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            attempt.Outcome = "cancelled";
            throw;
        }
    }

    private static async Task CompleteAsync(HttpContext http, SimRequest request, Pace pace, Attempt attempt, TimeProvider time)
    {
        var tokens = SimAnswer.Tokens(request);
        await PauseAsync(pace.FirstToken + pace.Token * (tokens.Count - 1), time, http.RequestAborted);
        attempt.TokensSent = tokens.Count;
        await http.Response.WriteAsJsonAsync(
            new
            {
                id = Id(attempt),
                @object = "chat.completion",
                created = attempt.At.ToUnixTimeSeconds(),
                model = request.Model,
                system_fingerprint = Fingerprint,
                choices = new[]
                {
                    new
                    {
                        index = 0,
                        message = new { role = "assistant", content = string.Concat(tokens), refusal = (string?)null },
                        logprobs = (object?)null,
                        finish_reason = SimAnswer.FinishReason(request, tokens),
                    },
                },
                usage = UsageOf(request, tokens),
            },
            http.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext http, SimRequest request, Pace pace, Attempt attempt, TimeProvider time)
    {
        http.Response.ContentType = "text/event-stream";
        var tokens = SimAnswer.Tokens(request);
        await PauseAsync(pace.FirstToken, time, http.RequestAborted);
        await SendAsync(new { role = "assistant", content = "" }, null);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0) await PauseAsync(pace.Token, time, http.RequestAborted);
            await SendAsync(new { content = tokens[i] }, null);
            attempt.TokensSent++;
        }

        await SendAsync(new { }, SimAnswer.FinishReason(request, tokens));
        if (request.IncludeUsage) await WriteAsync(Chunk(Array.Empty<object>(), UsageOf(request, tokens)));
        await http.Response.WriteAsync("data: [DONE]\n\n", http.RequestAborted);

        Task SendAsync(object delta, string? finishReason) =>
            WriteAsync(Chunk([new { index = 0, delta, logprobs = (object?)null, finish_reason = finishReason }], usage: null));

        object Chunk(object[] choices, object? usage) => new
        {
            id = Id(attempt),
            @object = "chat.completion.chunk",
            created = attempt.At.ToUnixTimeSeconds(),
            model = request.Model,
            system_fingerprint = Fingerprint,
            choices,
            usage,
        };

        async Task WriteAsync(object chunk)
        {
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {JsonSerializer.Serialize(chunk)}\n\n"), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }

    private static async ValueTask PauseAsync(TimeSpan pause, TimeProvider time, CancellationToken cancellationToken)
    {
        if (pause > TimeSpan.Zero) await Task.Delay(pause, time, cancellationToken);
    }

    private static string Id(Attempt attempt) => $"chatcmpl-sim-{attempt.Number}";

    private static object UsageOf(SimRequest request, IReadOnlyList<string> tokens)
    {
        var prompt = SimAnswer.PromptTokens(request);
        return new { prompt_tokens = prompt, completion_tokens = tokens.Count, total_tokens = prompt + tokens.Count };
    }
}
