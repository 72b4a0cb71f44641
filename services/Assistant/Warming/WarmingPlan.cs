namespace Slipway.Assistant.Warming;

/// <summary>
/// Says which tenants are to be warmed: those whose release or documents are others than when they were warmed last, once these have stayed as they are for a
/// while (a start is such a change, and so are a deployed release and an upload); and all of them from time to time. Not safe for use by several threads.
/// </summary>
internal sealed class WarmingPlan(WarmingOptions options, TimeProvider time)
{
    private readonly Dictionary<string, State> _tenants = new(StringComparer.Ordinal);

    /// <summary>Whether the tenant is due.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="state">Names the release and the corpus version that answer it.</param>
    public bool IsDue(string tenant, string state)
    {
        var now = time.GetTimestamp();
        if (!_tenants.TryGetValue(tenant, out var known)) _tenants[tenant] = known = new State { Seen = state, SeenAt = now };
        if (known.Seen != state) (known.Seen, known.SeenAt) = (state, now);
        if (known.Warmed == state) return time.GetElapsedTime(known.WarmedAt, now) >= options.Every;
        return time.GetElapsedTime(known.SeenAt, now) >= options.Settle;
    }

    /// <summary>The tenant was warmed in this state, or is being.</summary>
    public void Done(string tenant, string state)
    {
        if (_tenants.TryGetValue(tenant, out var known)) (known.Warmed, known.WarmedAt) = (state, time.GetTimestamp());
    }

    private sealed class State
    {
        public required string Seen { get; set; }

        public required long SeenAt { get; set; }

        public string? Warmed { get; set; }

        public long WarmedAt { get; set; }
    }
}
