using System.Collections.Concurrent;

namespace Slipway.ModelSim.Attempts;

/// <summary>What the provider saw of one call: tests check this rather than what the caller believes.</summary>
/// <param name="Number">From 1, in order of arrival.</param>
/// <param name="At">When it arrived.</param>
/// <param name="Path">The path that was called.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Stream">Whether a stream was asked for.</param>
internal sealed record Attempt(long Number, DateTimeOffset At, string Path, string Model, bool Stream)
{
    /// <summary>running, completed or cancelled (the caller left).</summary>
    public string Outcome { get; set; } = "running";

    /// <summary>How many tokens were sent.</summary>
    public int TokensSent { get; set; }
}

/// <summary>The last attempts, in memory.</summary>
internal sealed class AttemptLog(TimeProvider time)
{
    private const int Kept = 10_000;

    private readonly ConcurrentQueue<Attempt> _attempts = new();
    private long _number;

    public IReadOnlyCollection<Attempt> Attempts => _attempts;

    public Attempt Start(string path, string model, bool stream)
    {
        var attempt = new Attempt(Interlocked.Increment(ref _number), time.GetUtcNow(), path, model, stream);
        _attempts.Enqueue(attempt);
        if (_attempts.Count > Kept) _attempts.TryDequeue(out _);
        return attempt;
    }

    public void Clear() => _attempts.Clear();
}

internal static class AttemptApi
{
    /// <summary><c>GET /sim/requests</c> lists the attempts, <c>DELETE /sim/requests</c> forgets them.</summary>
    public static WebApplication MapAttempts(this WebApplication app)
    {
        app.MapGet("/sim/requests", (AttemptLog log) => log.Attempts);
        app.MapDelete("/sim/requests", (AttemptLog log) =>
        {
            log.Clear();
            return Results.NoContent();
        });
        return app;
    }
}
