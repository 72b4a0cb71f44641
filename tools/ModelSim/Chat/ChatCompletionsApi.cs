using System.Buffers;
using System.Globalization;
using System.Text;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Log;
using Slipway.ServiceDefaults.Errors;
using Slipway.Tokens;

namespace Slipway.ModelSim.Chat;

/// <summary><c>POST /v1/chat/completions</c>, whole and streamed.</summary>
internal static class ChatCompletionsApi
{
    public static WebApplication MapChatCompletionsApi(this WebApplication app)
    {
        app.MapPost("/v1/chat/completions", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, SimOptions options, RequestLog log, TimeProvider time)
    {
        using var body = await JsonBody.ReadAsync(http);
        var request = ChatRequest.Read(body.RootElement);
        var entry = log.Start(http.Request.Path, request.Model, request.Stream, body.RootElement.GetRawText());
        try
        {
            var model = SimModel.For(request.Model, http.Request, options);
            var counter = TokenCounter.Get(TokenCounter.O200kBase);
            var prompt = ChatTokens.ReplyPrimer;
            foreach (var (role, text) in request.Messages) prompt += ChatTokens.PerMessage + counter.Count(role) + counter.CountUpTo(text, SimModel.ContextWindow);
            if (prompt > SimModel.ContextWindow)
                throw new ApiException(ApiError.Invalid("messages", $"This model's maximum context length is {SimModel.ContextWindow} tokens.", "context_length_exceeded"));

            var answer = Answer.Make(request, model);
            var head = new ChatWriter.Head("chatcmpl-sim" + entry.Number.ToString("d8", CultureInfo.InvariantCulture), time.GetUtcNow().ToUnixTimeSeconds(), request.Model);
            var tokens = new ChatWriter.Tokens(prompt, answer.Pieces.Count);
            if (request.Stream) await StreamAsync(http, head, answer, model, request.IncludeUsage ? tokens : null, time);
            else await WriteAsync(http, head, answer, model, tokens, time);
            entry.Finish(200, prompt, answer.Pieces.Count);
        }
        catch (ApiException exception)
        {
            entry.Finish(exception.Error.Status, 0, 0);
            throw;
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            entry.Cancel();
            throw;
        }
    }

    private static async Task WriteAsync(HttpContext http, ChatWriter.Head head, Answer answer, SimModel model, ChatWriter.Tokens tokens, TimeProvider time)
    {
        await WaitAsync(model.FirstToken + model.PerToken * Math.Max(0, answer.Pieces.Count - 1), time, http.RequestAborted);
        var buffer = new ArrayBufferWriter<byte>(1024);
        ChatWriter.Whole(buffer, head, answer.Tool is null ? string.Concat(answer.Pieces) : null, answer.Tool, answer.FinishReason, tokens);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext http, ChatWriter.Head head, Answer answer, SimModel model, ChatWriter.Tokens? usage, TimeProvider time)
    {
        var cancelled = http.RequestAborted;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        var writer = http.Response.BodyWriter;
        // Without waits there is nothing to show early: many chunks share a packet, and the load generator gets its share of the processor.
        var flushEach = model.PerToken > TimeSpan.Zero;

        await WaitAsync(model.FirstToken, time, cancelled);
        Event(writer, buffer => ChatWriter.Chunk(buffer, head, first: true, answer.Tool is null ? "" : null, answer.Tool, finishReason: null));
        for (var i = 0; i < answer.Pieces.Count && answer.Tool is null; i++)
        {
            if (i > 0) await WaitAsync(model.PerToken, time, cancelled);
            var piece = answer.Pieces[i];
            Event(writer, buffer => ChatWriter.Chunk(buffer, head, first: false, piece, tool: null, finishReason: null));
            if (flushEach || i == 0) await writer.FlushAsync(cancelled);
        }

        Event(writer, buffer => ChatWriter.Chunk(buffer, head, first: false, text: null, tool: null, answer.FinishReason));
        if (usage is { } tokens) Event(writer, buffer => ChatWriter.UsageChunk(buffer, head, tokens));
        writer.Write("data: [DONE]\n\n"u8);
        await writer.FlushAsync(cancelled);
        cancelled.ThrowIfCancellationRequested();
    }

    private static void Event(IBufferWriter<byte> writer, Action<IBufferWriter<byte>> json)
    {
        writer.Write("data: "u8);
        json(writer);
        writer.Write("\n\n"u8);
    }

    private static Task WaitAsync(TimeSpan wait, TimeProvider time, CancellationToken cancelled) => wait > TimeSpan.Zero ? Task.Delay(wait, time, cancelled) : Task.CompletedTask;

    /// <summary>An answer with its limits applied.</summary>
    private sealed record Answer(List<string> Pieces, string? Tool, string FinishReason)
    {
        public static Answer Make(ChatRequest request, SimModel model)
        {
            if (request.Tool is { } tool) return new Answer(["{}"], tool, "tool_calls");
            var pieces = SimAnswer.Make(request, model.Tokens);
            foreach (var stop in request.Stop.Where(stop => stop.Length > 0))
            {
                var text = new StringBuilder().AppendJoin("", pieces).ToString();
                if (text.IndexOf(stop, StringComparison.Ordinal) is >= 0 and var at) pieces = [text[..at]];
            }

            if (request.MaxTokens is not { } limit || pieces.Count <= limit) return new Answer(pieces, Tool: null, "stop");
            return new Answer(pieces[..limit], Tool: null, "length");
        }
    }
}
