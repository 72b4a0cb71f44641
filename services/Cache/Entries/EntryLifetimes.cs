using Slipway.Cache.Options;
using Slipway.Contracts;

namespace Slipway.Cache.Entries;

/// <summary>Draws each entry's time to live around its tier's.</summary>
internal sealed class EntryLifetimes(CacheOptions options, Random random)
{
    private readonly Lock _gate = new();

    /// <summary>
    /// Evenly from the tier's time ± jitter, cut to 5 to 30 minutes before drawing: clamping what was drawn would make the entries at the bound expire together.
    /// </summary>
    internal TimeSpan Next(CacheTier tier)
    {
        var ttl = tier == CacheTier.Output ? options.OutputTtl : options.RetrievalTtl;
        var least = Max(ttl * (1 - options.Jitter), CacheOptions.ShortestTtl);
        var most = Min(ttl * (1 + options.Jitter), CacheOptions.LongestTtl);
        double share;
        lock (_gate) share = random.NextDouble();
        return least + ((most - least) * share);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
