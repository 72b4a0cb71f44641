using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Recall;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Search;

/// <summary>The spans and metrics of the service. The question itself is on none of them.</summary>
internal static class RetrievalTelemetry
{
    private static readonly Histogram<double> SearchDuration = SlipwayTelemetry.Meter.CreateHistogram<double>(
        "slipway.retrieval.search.duration", "s", "How long a search took, by the mode that answered.");

    private static readonly Counter<long> Degraded = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.retrieval.degraded", "{search}", "Searches that keywords answered alone, by reason.");

    private static readonly Counter<long> Reranked = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.retrieval.reranked", "{search}", "Searches whose passages a model was to rank again, by what became of it.");

    private static readonly Counter<long> Documents = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.retrieval.documents", "{document}", "Documents that were received, by outcome.");

    /// <summary>A timestamp for <see cref="Searched"/>.</summary>
    public static long Now() => Stopwatch.GetTimestamp();

    /// <summary>The span of a search: <c>retrieval {data source}</c> by the GenAI conventions, where the data source is the corpus.</summary>
    public static Activity? StartSearch(SearchQuery query)
    {
        if (!SlipwayTelemetry.Source.HasListeners()) return null;
        var span = SlipwayTelemetry.Source.StartActivity($"retrieval {query.Corpus}");
        span?.SetTag("gen_ai.operation.name", "retrieval");
        span?.SetTag("gen_ai.data_source.id", query.Corpus.ToString());
        span?.SetTag("slipway.retrieval.requested_mode", Name(query.Mode));
        span?.SetTag("slipway.retrieval.limit", query.Limit);
        if (query.Filter is { } filter) span?.SetTag("slipway.retrieval.filter_conditions", filter.All.Count);
        return span;
    }

    /// <summary>The span of an embedding: <c>embeddings {model}</c>.</summary>
    public static Activity? StartEmbed(CorpusKey corpus, string version, int texts)
    {
        if (!SlipwayTelemetry.Source.HasListeners()) return null;
        var span = SlipwayTelemetry.Source.StartActivity($"embeddings {version}".TrimEnd());
        span?.SetTag("gen_ai.operation.name", "embeddings");
        span?.SetTag("gen_ai.request.model", version);
        span?.SetTag("slipway.tenant", corpus.Tenant);
        span?.SetTag("slipway.collection", corpus.Collection);
        span?.SetTag("slipway.retrieval.texts", texts);
        return span;
    }

    /// <summary>A span for a part of a search.</summary>
    public static Activity? Start(string name) => SlipwayTelemetry.Source.StartActivity(name);

    /// <summary>What a search came to.</summary>
    public static void Searched(Activity? span, SearchResult result, long started)
    {
        var mode = Name(result.Mode);
        SearchDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("slipway.retrieval.mode", mode));
        if (result.DegradedReason.Length > 0) Degraded.Add(1, new KeyValuePair<string, object?>("slipway.retrieval.degraded_reason", result.DegradedReason));
        if (result.Rerank.Length > 0) Reranked.Add(1, new KeyValuePair<string, object?>("slipway.retrieval.rerank", result.Rerank));
        if (span is null) return;
        span.SetTag("slipway.retrieval.mode", mode);
        span.SetTag("slipway.retrieval.passages", result.Passages.Count);
        span.SetTag("slipway.retrieval.corpus_version", result.CorpusVersion);
        span.SetTag("slipway.retrieval.embeddings_version", result.EmbeddingsVersion);
        if (result.DegradedReason.Length > 0) span.SetTag("slipway.retrieval.degraded_reason", result.DegradedReason);
        if (result.Rerank.Length > 0) span.SetTag("slipway.retrieval.rerank", result.Rerank);
    }

    /// <summary>How the vectors stand that a search would use: on the search's span.</summary>
    public static void VectorsStand(VectorStatus status)
    {
        if (Activity.Current is not { } span) return;
        span.SetTag("slipway.retrieval.vector_state", status.State.ToString().ToLowerInvariant());
        if (status.Reason.Length > 0) span.SetTag("slipway.retrieval.vector_state_reason", status.Reason);
        if (status.Recall.Samples > 0) span.SetTag("slipway.retrieval.recall", status.Recall.Mean);
    }

    /// <summary>What became of a document.</summary>
    public static void Ingested(string outcome) => Documents.Add(1, new KeyValuePair<string, object?>("slipway.retrieval.outcome", outcome));

    private static string Name(RetrievalMode mode) => mode switch
    {
        RetrievalMode.Hybrid => "hybrid",
        RetrievalMode.Keyword => "keyword",
        RetrievalMode.Exact => "exact",
        _ => "vector",
    };
}
