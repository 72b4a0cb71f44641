using System.Buffers;
using System.Text;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.OpenAi;

/// <summary>An event stream as OpenAI's API sends it: <c>data: JSON</c> lines, and <c>data: [DONE]</c> at the end of one that is whole.</summary>
internal sealed class ServerSentEvents(HttpResponse response)
{
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes("data: ");
    private static readonly byte[] Suffix = Encoding.ASCII.GetBytes("\n\n");
    private static readonly byte[] DoneEvent = Encoding.ASCII.GetBytes("data: [DONE]\n\n");

    public bool Started { get; private set; }

    /// <summary>Sets the headers; the next write sends them.</summary>
    public void Start()
    {
        Started = true;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    public async ValueTask WriteAsync(Action<IBufferWriter<byte>> write, CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(Prefix);
        write(response.BodyWriter);
        response.BodyWriter.Write(Suffix);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    public async ValueTask DoneAsync(CancellationToken cancellationToken)
    {
        response.BodyWriter.Write(DoneEvent);
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
