using Slipway.Contracts;

namespace Slipway.Control.Kpis;

/// <summary>What a KPI belongs to.</summary>
/// <param name="Route">The route.</param>
/// <param name="Tenant">The tenant.</param>
/// <param name="Release">The release.</param>
internal readonly record struct CellKey(string Route, string Tenant, string Release)
{
    /// <summary>Where the rest goes once a minute has as many cells as it may.</summary>
    internal static CellKey Other { get; } = new("other", "other", "other");

    /// <summary>Holds the count of dropped records, which belong to nobody.</summary>
    internal static CellKey Nobody { get; } = new("", "", "");
}

/// <summary>The KPIs of one minute of one <see cref="CellKey"/>: counters that add up and histograms that merge.</summary>
internal sealed class KpiCell
{
    /// <summary>Distinct error codes, degradations and stages that a cell tells apart; the rest count as <c>other</c>.</summary>
    internal const int MaxNames = 32;

    /// <summary>The histogram of the whole request, beside those of its stages.</summary>
    internal const string Total = "total";

    /// <summary>The histogram of the time to the first token, of streamed answers.</summary>
    internal const string FirstToken = "first_token";

    /// <summary>What a budget of the whole request is compared with: the whole answer, or the first text of a stream.</summary>
    internal const string Answered = "answered";

    /// <summary>All stages but the model together.</summary>
    internal const string WithoutModel = "without_model";

    /// <summary>The stage <c>model</c>, of a stream until its first text.</summary>
    internal const string ModelAnswered = "model_answered";

    private readonly Rollup _counters;
    private readonly Dictionary<string, LatencyHistogram> _latencies = new(StringComparer.Ordinal);

    internal KpiCell() => _counters = new Rollup();

    internal KpiCell(Rollup rollup)
    {
        foreach (var (name, data) in rollup.Latencies) _latencies[name] = LatencyHistogram.From(data);
        _counters = rollup.Clone();
        _counters.Latencies.Clear();
    }

    /// <summary>Everything but the latencies.</summary>
    internal Rollup Counters => _counters;

    internal IReadOnlyDictionary<string, LatencyHistogram> Latencies => _latencies;

    /// <summary>Changed since it was last written.</summary>
    internal bool Dirty { get; set; }

    internal void Add(RequestRecord record)
    {
        Dirty = true;
        _counters.Requests++;
        if (record.Usage is { } usage)
        {
            _counters.PromptTokens += usage.PromptTokens;
            _counters.CompletionTokens += usage.CompletionTokens;
            _counters.CachedPromptTokens += usage.CachedPromptTokens;
        }

        if (double.IsFinite(record.CostUsd)) _counters.CostUsd += record.CostUsd;
        switch (record.Cache)
        {
            case "miss": _counters.CacheMiss++; break;
            case "retrieval": _counters.CacheRetrieval++; break;
            case "output": _counters.CacheOutput++; break;
        }

        if (record.Stream) _counters.Streams++;
        if (record.Review) _counters.Reviews++;
        if (record.Degraded.Count > 0)
        {
            _counters.Degraded++;
            foreach (var rung in record.Degraded) Count(_counters.Degradations, rung);
        }

        if (FailureClass.Of(record.Status) is { } failure)
        {
            Count(_counters.Failures, failure);
            Count(_counters.FailureCodes, record.ErrorCode.Length > 0 ? record.ErrorCode : "none");
        }
        else if (record.Confidence > 0)
        {
            _counters.ConfidenceSum += record.Confidence;
            _counters.ConfidenceCount++;
        }

        if (record.TotalMs > 0) Latency(Total).Record(record.TotalMs);
        if (record.FirstTokenMs > 0) Latency(FirstToken).Record(record.FirstTokenMs);
        AddStages(record);
    }

    /// <summary>Whether a histogram is that of a stage, and not one of several stages.</summary>
    internal static bool IsStage(string name) => name is not (Total or FirstToken or Answered or WithoutModel or ModelAnswered);

    private void AddStages(RequestRecord record)
    {
        double sum = 0, beforeModel = 0, model = -1;
        foreach (var (stage, milliseconds) in record.StageMs)
        {
            Latency(stage).Record(milliseconds);
            if (stage == "model") model = milliseconds;
            else sum += milliseconds;
            if (stage is not ("model" or "post" or "record")) beforeModel += milliseconds;
        }

        var streamed = record.Stream && record.FirstTokenMs > 0;
        if (record.TotalMs > 0) Latency(Answered).Record(streamed ? record.FirstTokenMs : record.TotalMs);
        if (record.StageMs.Count > 0) Latency(WithoutModel).Record(sum);
        if (model >= 0) Latency(ModelAnswered).Record(streamed ? Math.Clamp(record.FirstTokenMs - beforeModel, 0, model) : model);
    }

    internal void AddDropped(long count)
    {
        Dirty = true;
        _counters.Dropped += count;
    }

    internal Rollup ToRollup()
    {
        var rollup = _counters.Clone();
        foreach (var (name, latency) in _latencies) rollup.Latencies[name] = latency.ToData();
        return rollup;
    }

    internal void Compact()
    {
        foreach (var latency in _latencies.Values) latency.Compact();
    }

    internal static void Count(IDictionary<string, long> counts, string name, long by = 1)
    {
        if (!counts.TryGetValue(name, out var count) && counts.Count >= MaxNames)
        {
            name = "other";
            counts.TryGetValue(name, out count);
        }

        counts[name] = count + by;
    }

    private LatencyHistogram Latency(string name)
    {
        if (_latencies.TryGetValue(name, out var latency)) return latency;
        if (_latencies.Count >= MaxNames && IsStage(name))
        {
            name = "other";
            if (_latencies.TryGetValue(name, out latency)) return latency;
        }

        return _latencies[name] = new LatencyHistogram();
    }
}
