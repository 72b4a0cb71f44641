using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>A provider that does to each request what a test says, on a real socket.</summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    public const string Whole = """
        {"id":"c1","object":"chat.completion","created":1,"model":"sim-2026","system_fingerprint":"fp_1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":40}}}
        """;

    private readonly WebApplication _app;

    public ScriptedProvider(Func<HttpContext, Task> script)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync();
            Bodies.Enqueue(body);
            context.Items["stream"] = body.Contains("\"stream\":true", StringComparison.Ordinal);
            Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            await script(context);
        });
        _app.StartAsync().GetAwaiter().GetResult();
        BaseUrl = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1";
    }

    public string BaseUrl { get; }

    public ConcurrentQueue<string> Bodies { get; } = new();

    public ConcurrentQueue<string> Authorizations { get; } = new();

    /// <summary>Answers with a status, a JSON body and headers.</summary>
    public static ScriptedProvider Answering(int status, string body, params (string Name, string Value)[] headers) => new(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        await context.Response.WriteAsync(body);
    });

    /// <summary>Answers whole or streamed, as it is asked.</summary>
    public static ScriptedProvider Saying(string text) => new(context => SayAsync(context, text));

    /// <summary>Answers one request, whole or streamed, as it is asked.</summary>
    public static async Task SayAsync(HttpContext context, string text)
    {
        if (context.Items["stream"] is true)
        {
            context.Response.ContentType = "text/event-stream";
            foreach (var item in (string[])[Chunk(text), Chunk(null, "stop"), UsageChunk, Done]) await context.Response.WriteAsync($"data: {item}\n\n");
            return;
        }

        await AnswerAsync(context, 200, Whole.Replace("Hi.", text, StringComparison.Ordinal));
    }

    /// <summary>Answers one request.</summary>
    public static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    /// <summary>Answers with events, then does what <paramref name="end"/> says: nothing ends the body as it should be.</summary>
    public static ScriptedProvider Streaming(IEnumerable<string> events, Func<HttpContext, Task>? end = null) => new(async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var item in events)
        {
            await context.Response.WriteAsync($"data: {item}\n\n");
            await context.Response.Body.FlushAsync();
        }

        if (end is not null) await end(context);
    });

    public static string Chunk(string? text, string? finishReason = null) =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"sim-2026","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{{(text is null ? "{}" : $$"""{"content":"{{text}}"}""")}},"finish_reason":{{(finishReason is null ? "null" : $"\"{finishReason}\"")}}}]}""";

    public const string UsageChunk = """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"sim-2026","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}}""";

    public const string Done = "[DONE]";

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
