using Slipway.Assets.Slo;
using Slipway.Contracts;

namespace Slipway.Control.Kpis;

/// <summary>Makes the figures of what was added up.</summary>
internal static class KpiSummary
{
    internal static KpiFigures ToFigures(this RollupSum all)
    {
        var sum = all.Counters;
        var requests = sum.Requests;
        var failures = sum.Failures.Values.Sum();
        var outputLookups = sum.CacheMiss + sum.CacheRetrieval + sum.CacheOutput;
        var retrievalLookups = sum.CacheMiss + sum.CacheRetrieval;
        var stages = new SortedDictionary<string, LatencyFigures>(StringComparer.Ordinal);
        foreach (var stage in Stages.Names.Union(all.Latencies.Keys.Where(KpiCell.IsStage))) stages[stage] = Latency(stage);
        return new KpiFigures(
            requests,
            sum.Streams,
            Latency(KpiCell.Total),
            Latency(KpiCell.FirstToken),
            Latency(KpiCell.Answered),
            Latency(KpiCell.WithoutModel),
            stages,
            new TokenFigures(sum.PromptTokens, sum.CompletionTokens, sum.CachedPromptTokens),
            Math.Round(sum.CostUsd, 9),
            requests == 0 ? null : Math.Round(sum.CostUsd / requests * 1000, 6),
            new CacheFigures(Tier(sum.CacheOutput, outputLookups), Tier(sum.CacheRetrieval, retrievalLookups)),
            new FailureFigures(failures, Share(failures, requests), FailureClass.All.ToDictionary(name => name, name => sum.Failures.GetValueOrDefault(name)), Sorted(sum.FailureCodes)),
            new DegradationFigures(sum.Degraded, Share(sum.Degraded, requests), Sorted(sum.Degradations)),
            new ReviewFigures(sum.Reviews, Share(sum.Reviews, requests), sum.ConfidenceCount == 0 ? null : Math.Round(sum.ConfidenceSum / sum.ConfidenceCount, 4)));

        LatencyFigures Latency(string name) => all.Latencies.TryGetValue(name, out var counts) && counts.Total > 0
            ? new LatencyFigures(counts.Total, At(counts, 50), At(counts, 95), At(counts, 99), At(counts, 100))
            : new LatencyFigures(0, null, null, null, null);
    }

    /// <summary>A percentile in milliseconds.</summary>
    private static double At(LatencyCounts counts, double percentile) => Math.Round(counts.ValueAt(percentile) / 1000.0, 3);

    private static TierFigures Tier(long hits, long lookups) => new(hits, lookups, Share(hits, lookups));

    private static double? Share(long part, long whole) => whole == 0 ? null : Math.Round((double)part / whole, 6);

    private static SortedDictionary<string, long> Sorted(IDictionary<string, long> counts) => new(counts, StringComparer.Ordinal);
}
