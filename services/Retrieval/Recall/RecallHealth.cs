namespace Slipway.Retrieval.Recall;

/// <summary>Whether a corpus' vectors are used.</summary>
internal enum VectorState
{
    /// <summary>Searches use them.</summary>
    Healthy = 0,

    /// <summary>Keywords answer.</summary>
    Degraded = 1,

    /// <summary>Keywords answer while the index is built again, verified or probed.</summary>
    Recovering = 2,
}

/// <summary>Where a corpus stands between <see cref="VectorState"/>s because of its recall. Immutable: searches read it while the monitor replaces it.</summary>
/// <param name="State">The state.</param>
/// <param name="Since">When it began.</param>
/// <param name="Rebuilds">How many rebuilds in a row have not helped.</param>
/// <param name="NextAttempt">When a degraded index is to be built again.</param>
internal sealed record RecallHealth(VectorState State, DateTimeOffset Since, int Rebuilds, DateTimeOffset NextAttempt)
{
    /// <summary>Nothing speaks against the index.</summary>
    public static RecallHealth Initial(DateTimeOffset now) => new(VectorState.Healthy, now, 0, now);
}

/// <summary>
/// The transitions, free of clocks and processes: <c>Healthy</c> → <c>Degraded</c> when the interval's upper end lies below the objective; → <c>Recovering</c> when a rebuild begins;
/// → <c>Healthy</c> when probes reach the higher mark, else back to <c>Degraded</c>, for longer each time.
/// </summary>
internal sealed class RecallPolicy(RecallOptions options)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>After a sample.</summary>
    public RecallHealth AfterSample(RecallHealth health, RecallEstimate estimate, DateTimeOffset now) =>
        health.State == VectorState.Healthy && estimate.Samples >= options.MinSamples && estimate.Upper < options.Target
            ? health with { State = VectorState.Degraded, Since = now, NextAttempt = now }
            : health;

    /// <summary>Whether a degraded index is to be built again now.</summary>
    public static bool IsRebuildDue(RecallHealth health, DateTimeOffset now) => health.State == VectorState.Degraded && now >= health.NextAttempt;

    /// <summary>A rebuild begins.</summary>
    public static RecallHealth Rebuilding(RecallHealth health, DateTimeOffset now) => health with { State = VectorState.Recovering, Since = now };

    /// <summary>A rebuild is done and was probed; without a probe there is no evidence, and the index stays degraded.</summary>
    public RecallHealth AfterProbe(RecallHealth health, RecallEstimate probes, DateTimeOffset now) => probes.Samples > 0 && probes.Mean >= options.RecoverAt
        ? RecallHealth.Initial(now)
        : Failed(health, now);

    /// <summary>A rebuild did not come to its end, or did not help.</summary>
    public RecallHealth Failed(RecallHealth health, DateTimeOffset now)
    {
        var pause = TimeSpan.FromSeconds(options.RetrySeconds * Math.Pow(2, Math.Min(health.Rebuilds, 20)));
        return health with { State = VectorState.Degraded, Since = now, Rebuilds = health.Rebuilds + 1, NextAttempt = now + (pause < LongestPause ? pause : LongestPause) };
    }
}
