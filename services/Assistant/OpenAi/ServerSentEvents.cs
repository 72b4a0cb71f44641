using System.Buffers;
using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.OpenAi;

/// <summary>An event stream as OpenAI's API sends it: <c>data: JSON</c> lines, and <c>data: [DONE]</c> at the end of one that is whole.</summary>
internal sealed class ServerSentEvents(HttpResponse response)
{
    private readonly Utf8JsonWriter _json = new(response.BodyWriter, JsonResponse.WriterOptions);

    private static ReadOnlySpan<byte> Prefix => "data: "u8;

    private static ReadOnlySpan<byte> Suffix => "\n\n"u8;

    public bool Started { get; private set; }

    /// <summary>Sets the headers; the next write sends them.</summary>
    public void Start()
    {
        Started = true;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    public async ValueTask WriteAsync(Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(Prefix);
        _json.Reset();
        write(_json);
        _json.Flush();
        response.BodyWriter.Write(Suffix);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    public async ValueTask DoneAsync(CancellationToken cancellationToken)
    {
        response.BodyWriter.Write("data: [DONE]\n\n"u8);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>Ends a stream that broke: the error as an event, and no <c>[DONE]</c>, so that nobody takes it for whole.</summary>
    public async ValueTask FailAsync(ApiError error, CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(Prefix);
        response.BodyWriter.Write(error.ToJson().Span);
        response.BodyWriter.Write(Suffix);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }
}
