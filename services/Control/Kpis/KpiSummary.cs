using HdrHistogram;

namespace Slipway.Control.Kpis;

/// <summary>Cells added up.</summary>
internal sealed class KpiSummary
{
    private static readonly string[] Stages = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];

    private readonly Rollup _sum = new();
    private readonly Dictionary<string, LongHistogram> _latencies = new(StringComparer.Ordinal);

    internal void Add(KpiCell cell)
    {
        var counters = cell.Counters;
        _sum.Requests += counters.Requests;
        _sum.PromptTokens += counters.PromptTokens;
        _sum.CompletionTokens += counters.CompletionTokens;
        _sum.CachedPromptTokens += counters.CachedPromptTokens;
        _sum.CostUsd += counters.CostUsd;
        _sum.CacheMiss += counters.CacheMiss;
        _sum.CacheRetrieval += counters.CacheRetrieval;
        _sum.CacheOutput += counters.CacheOutput;
        _sum.Degraded += counters.Degraded;
        _sum.Reviews += counters.Reviews;
        _sum.Streams += counters.Streams;
        _sum.ConfidenceSum += counters.ConfidenceSum;
        _sum.ConfidenceCount += counters.ConfidenceCount;
        foreach (var (name, count) in counters.Failures) KpiCell.Count(_sum.Failures, name, count);
        foreach (var (name, count) in counters.FailureCodes) KpiCell.Count(_sum.FailureCodes, name, count);
        foreach (var (name, count) in counters.Degradations) KpiCell.Count(_sum.Degradations, name, count);
        foreach (var (name, latency) in cell.Latencies)
        {
            if (!_latencies.TryGetValue(name, out var accumulator)) _latencies[name] = accumulator = LatencyHistogram.NewAccumulator();
            latency.AddTo(accumulator);
        }
    }

    internal KpiFigures ToFigures()
    {
        var requests = _sum.Requests;
        var failures = _sum.Failures.Values.Sum();
        var outputLookups = _sum.CacheMiss + _sum.CacheRetrieval + _sum.CacheOutput;
        var retrievalLookups = _sum.CacheMiss + _sum.CacheRetrieval;
        var stages = new SortedDictionary<string, LatencyFigures>(StringComparer.Ordinal);
        foreach (var stage in Stages.Union(_latencies.Keys).Where(name => name is not (KpiCell.Total or KpiCell.FirstToken))) stages[stage] = Latency(stage);
        return new KpiFigures(
            requests,
            _sum.Streams,
            Latency(KpiCell.Total),
            Latency(KpiCell.FirstToken),
            stages,
            new TokenFigures(_sum.PromptTokens, _sum.CompletionTokens, _sum.CachedPromptTokens),
            Math.Round(_sum.CostUsd, 9),
            requests == 0 ? null : Math.Round(_sum.CostUsd / requests * 1000, 6),
            new CacheFigures(Tier(_sum.CacheOutput, outputLookups), Tier(_sum.CacheRetrieval, retrievalLookups)),
            new FailureFigures(failures, Share(failures, requests), FailureClass.All.ToDictionary(name => name, name => _sum.Failures.GetValueOrDefault(name)), Sorted(_sum.FailureCodes)),
            new DegradationFigures(_sum.Degraded, Share(_sum.Degraded, requests), Sorted(_sum.Degradations)),
            new ReviewFigures(_sum.Reviews, Share(_sum.Reviews, requests), _sum.ConfidenceCount == 0 ? null : Math.Round(_sum.ConfidenceSum / _sum.ConfidenceCount, 4)));
    }

    private LatencyFigures Latency(string name)
    {
        if (!_latencies.TryGetValue(name, out var histogram) || histogram.TotalCount == 0) return new LatencyFigures(0, null, null, null, null);
        return new LatencyFigures(histogram.TotalCount, At(50), At(95), At(99), At(100));

        double At(double percentile) => Math.Round(LatencyHistogram.ValueAt(histogram, percentile) / 1000.0, 3);
    }

    private static TierFigures Tier(long hits, long lookups) => new(hits, lookups, Share(hits, lookups));

    private static double? Share(long part, long whole) => whole == 0 ? null : Math.Round((double)part / whole, 6);

    private static SortedDictionary<string, long> Sorted(IDictionary<string, long> counts) => new(counts, StringComparer.Ordinal);
}
