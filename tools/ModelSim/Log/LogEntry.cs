using System.Text;

namespace Slipway.ModelSim.Log;

/// <summary>One request that the simulator was sent.</summary>
internal sealed class LogEntry(RequestLog log, long number, DateTimeOffset at, string path, string model, string key, int attempt, bool stream, ReadOnlyMemory<byte> body)
{
    /// <summary>1 for the first request since the start.</summary>
    public long Number => number;

    public DateTimeOffset At => at;

    public string Path => path;

    /// <summary>The model as it was asked for, with its faults.</summary>
    public string Model => model;

    /// <summary>The beginning of the SHA-256 of the caller's key, 12 hex digits; empty when there is none.</summary>
    public string Key => key;

    /// <summary>The number of the attempt for its model and key, from 1.</summary>
    public int Attempt => attempt;

    public bool Stream => stream;

    /// <summary>The request's JSON as it came.</summary>
    public string Body => Encoding.UTF8.GetString(body.Span);

    /// <summary>The faults that the attempt met, joined by <c>+</c>; empty for a healthy one.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>
    /// <c>running</c>, <c>completed</c> (all that was to be sent was sent), <c>refused</c> (an error status), <c>broken</c> (the simulator reset the connection)
    /// or <c>cancelled</c> (the client left before the end).
    /// </summary>
    public string Outcome { get; private set; } = "running";

    /// <summary>The status sent; 0 while running, and where none was sent.</summary>
    public int Status { get; private set; }

    public int PromptTokens { get; private set; }

    public int TokensSent { get; private set; }

    /// <summary>When the outcome was known.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    public void Meets(string fault)
    {
        if (fault.Length > 0) log.Change(this, (entry, _) => entry.Fault = fault);
    }

    public void Finish(int status, int promptTokens, int tokensSent) => log.Change(this, (entry, now) =>
    {
        if (entry.EndedAt is not null) return;
        (entry.Outcome, entry.Status, entry.PromptTokens, entry.TokensSent, entry.EndedAt) = (status < 400 ? "completed" : "refused", status, promptTokens, tokensSent, now);
    });

    public void Break() => End("broken");

    public void Cancel() => End("cancelled");

    private void End(string outcome) => log.Change(this, (entry, now) =>
    {
        if (entry.EndedAt is not null) return;
        (entry.Outcome, entry.EndedAt) = (outcome, now);
    });
}
