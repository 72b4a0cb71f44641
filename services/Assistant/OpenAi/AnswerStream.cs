using Slipway.Assistant.Budgets;
using Slipway.Assistant.Http;
using Slipway.Assistant.RequestPath;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.OpenAi;

/// <summary>Sends an answer as chunks. The response starts with the first text, when the headers can say what was degraded and cached.</summary>
internal sealed class AnswerStream(HttpContext http, RequestRun run, ChunkHead head) : IAnswerSink
{
    private readonly ServerSentEvents _events = new(http.Response);

    public bool Started => _events.Started;

    public async ValueTask WriteAsync(string text, CancellationToken cancellationToken)
    {
        var first = Begin();
        await _events.WriteAsync(json => ChatWriter.Chunk(json, head, role: first, text), cancellationToken);
    }

    /// <summary>Sends the finish reason, citations and usage, and ends the stream.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="record">Makes the record: after the last text, before the last chunk, which tells its time.</param>
    /// <param name="cancellationToken">The client's patience.</param>
    public async ValueTask FinishAsync(Answer answer, Action record, CancellationToken cancellationToken)
    {
        var first = Begin();
        record();
        head.Fingerprint = answer.Fingerprint;
        await _events.WriteAsync(json => ChatWriter.Chunk(json, head, role: first, text: null, finishReason: answer.FinishReason, answer: answer, run: run), cancellationToken);
        if (head.IncludeUsage) await _events.WriteAsync(json => ChatWriter.UsageChunk(json, head, answer.Usage), cancellationToken);
        await _events.DoneAsync(cancellationToken);
    }

    public ValueTask FailAsync(ApiError error, CancellationToken cancellationToken) => _events.FailAsync(error, cancellationToken);

    private bool Begin()
    {
        if (_events.Started) return false;
        _events.Start();
        ResponseHead.Write(http.Response, run, costUsd: null);
        return true;
    }
}
