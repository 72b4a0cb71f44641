using Google.Protobuf;

namespace Slipway.Control.Kpis;

/// <summary>Cells and roll-ups added up: every counter and every histogram.</summary>
internal sealed class RollupSum
{
    private readonly Dictionary<string, LatencyCounts> _latencies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LatencyCounts>.AlternateLookup<ReadOnlySpan<char>> _byChars;

    internal RollupSum() => _byChars = _latencies.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Everything but the latencies.</summary>
    internal Rollup Counters { get; } = new();

    internal IReadOnlyDictionary<string, LatencyCounts> Latencies => _latencies;

    internal void Add(KpiCell cell)
    {
        AddCounters(cell.Counters);
        foreach (var (name, latency) in cell.Latencies) latency.AddTo(Latency(name));
    }

    /// <summary>Adds a stored roll-up.</summary>
    internal void Add(ReadOnlySpan<byte> rollup) => RollupWire.AddTo(this, rollup);

    internal void Add(RollupSum other)
    {
        AddCounters(other.Counters);
        foreach (var (name, counts) in other._latencies) Latency(name).Add(counts);
    }

    internal Rollup ToRollup()
    {
        var rollup = Counters.Clone();
        foreach (var (name, counts) in _latencies) rollup.Latencies[name] = new LatencyData { Histogram = UnsafeByteOperations.UnsafeWrap(counts.Encode()) };
        return rollup;
    }

    private void AddCounters(Rollup counters)
    {
        var sum = Counters;
        sum.Requests += counters.Requests;
        sum.PromptTokens += counters.PromptTokens;
        sum.CompletionTokens += counters.CompletionTokens;
        sum.CachedPromptTokens += counters.CachedPromptTokens;
        sum.CostUsd += counters.CostUsd;
        sum.CacheMiss += counters.CacheMiss;
        sum.CacheRetrieval += counters.CacheRetrieval;
        sum.CacheOutput += counters.CacheOutput;
        sum.Degraded += counters.Degraded;
        sum.Reviews += counters.Reviews;
        sum.Streams += counters.Streams;
        sum.Dropped += counters.Dropped;
        sum.ConfidenceSum += counters.ConfidenceSum;
        sum.ConfidenceCount += counters.ConfidenceCount;
        foreach (var (name, count) in counters.Failures) KpiCell.Count(sum.Failures, name, count);
        foreach (var (name, count) in counters.FailureCodes) KpiCell.Count(sum.FailureCodes, name, count);
        foreach (var (name, count) in counters.Degradations) KpiCell.Count(sum.Degradations, name, count);
    }

    internal LatencyCounts Latency(ReadOnlySpan<char> name) => _byChars.TryGetValue(name, out var counts) ? counts : Latency(name.ToString());

    private LatencyCounts Latency(string name)
    {
        if (_latencies.TryGetValue(name, out var counts)) return counts;
        if (_latencies.Count >= KpiCell.MaxNames && KpiCell.IsStage(name))
        {
            name = "other";
            if (_latencies.TryGetValue(name, out counts)) return counts;
        }

        return _latencies[name] = new LatencyCounts();
    }
}
