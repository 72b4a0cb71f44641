using System.Globalization;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Search;

namespace Slipway.Retrieval.Endpoint;

/// <summary>Between the contract's messages and the service's records.</summary>
internal static class Translation
{
    /// <summary>A change that the disk refused.</summary>
    public static ServiceError StorageFailed { get; } = new(StatusCode.Unavailable, "storage_failed", "The document could not be stored. Try again shortly.", null, TimeSpan.FromSeconds(1));

    /// <summary>A change of the embedder that is none, or is past.</summary>
    public static ServiceError NothingToRevert { get; } = new(StatusCode.FailedPrecondition, "nothing_to_revert", "There is no change of the embedder that can be taken back: none is under way, or the time to take it back is over.");

    /// <summary>A change of the embedder that was not taken back.</summary>
    public static ServiceError NothingToResume { get; } = new(StatusCode.FailedPrecondition, "nothing_to_resume", "No change of the embedder was taken back.");

    /// <summary>An embedder that did not answer.</summary>
    public static ServiceError EmbedderFailed { get; } = new(StatusCode.Unavailable, "embedder_unavailable", "The embedder does not answer. Try again shortly.", null, TimeSpan.FromSeconds(1));

    /// <summary>A search that no index could answer.</summary>
    public static ServiceError SearchUnavailable { get; } =
        new(StatusCode.Unavailable, "retrieval_unavailable", "Neither keyword nor vector search can be had. Try again shortly.", null, TimeSpan.FromSeconds(1));

    /// <summary>More searches than can be answered in time. Not "unavailable", which clients try again at once.</summary>
    public static ServiceError TooManySearches { get; } =
        new(StatusCode.ResourceExhausted, "retrieval_overloaded", "More searches are waiting than can be answered in time. Try again shortly.", null, TimeSpan.FromSeconds(1));

    /// <summary>How many passages each index ranks for a request.</summary>
    public static int WindowOf(SearchRequest request, SearchOptions options) => request.Window > 0 ? request.Window : Math.Max(request.Limit, options.Candidates);

    /// <summary>A request that passed its checks.</summary>
    public static SearchQuery ToQuery(SearchRequest request, int window, bool canRerank, DateTime deadline) => new(
        CorpusKey.Of(request.Tenant, request.Collection),
        request.Query,
        request.Limit == 0 ? RequestRules.DefaultPassages : request.Limit,
        request.Offset,
        window,
        request.Mode switch
        {
            SearchMode.Keyword => RetrievalMode.Keyword,
            SearchMode.Vector => RetrievalMode.Vector,
            SearchMode.Exact => RetrievalMode.Exact,
            _ => RetrievalMode.Hybrid,
        },
        ToVector(request.Vector),
        request.EmbeddingsVersion,
        request.Filter is null ? null : new MetadataFilter([.. request.Filter.All.Select(ToCondition)]),
        request.Highlight,
        request.IncludeMetadata,
        canRerank && (!request.HasRerank || request.Rerank),
        request.RequestId,
        deadline == DateTime.MaxValue ? null : new DateTimeOffset(deadline, TimeSpan.Zero));

    /// <summary>What a search found.</summary>
    public static SearchResponse ToResponse(SearchResult result)
    {
        var response = new SearchResponse
        {
            Mode = result.Mode switch
            {
                RetrievalMode.Keyword => SearchMode.Keyword,
                RetrievalMode.Vector => SearchMode.Vector,
                RetrievalMode.Exact => SearchMode.Exact,
                _ => SearchMode.Hybrid,
            },
            DegradedReason = result.DegradedReason,
            CorpusVersion = result.CorpusVersion,
            EmbeddingsVersion = result.EmbeddingsVersion,
            More = result.More,
            Rerank = result.Rerank,
            CostUsd = result.CostUsd,
        };
        foreach (var (row, scores, rerankScore, highlights) in result.Passages)
        {
            var passage = new Passage
            {
                DocumentId = row.DocumentId,
                ChunkId = string.Create(CultureInfo.InvariantCulture, $"{row.DocumentId}#{row.Ordinal}"),
                Title = row.Title,
                Heading = row.Heading,
                Text = row.Text,
                Start = row.Start,
                End = row.End,
                Score = scores.Score,
                KeywordScore = scores.KeywordScore,
                VectorScore = scores.VectorScore,
            };
            if (rerankScore is { } score) passage.RerankScore = score;
            foreach (var (start, end) in highlights) passage.Highlights.Add(new TextSpan { Start = start, End = end });
            foreach (var (name, values) in row.Metadata) passage.Metadata.Add(name, new MetadataValues { Values = { values } });
            response.Passages.Add(passage);
        }

        return response;
    }

    /// <summary>The weight of a collection's fusion, and what speaks for it.</summary>
    public static FusionDescription ToFusion(FusionRow? chosen, double weight) => chosen is null ? new FusionDescription { VectorWeight = weight, Source = FusionSource.Default } : new()
    {
        VectorWeight = chosen.Choice.Weight,
        Source = chosen.Choice.Source switch
        {
            WeightSource.HeldOut => FusionSource.HeldOut,
            WeightSource.Keyword => FusionSource.Keyword,
            WeightSource.Vector => FusionSource.Vector,
            _ => FusionSource.Default,
        },
        Questions = chosen.Choice.Questions,
        KeywordNdcg = chosen.Choice.Keyword,
        VectorNdcg = chosen.Choice.Vector,
        DefaultNdcg = chosen.Choice.Default,
        HeldOutNdcg = chosen.Choice.HeldOut,
        ChosenUnixMs = chosen.ChosenMs,
    };

    /// <summary>How a corpus' vector index stands.</summary>
    public static IndexDescription ToDescription(VectorStatus status, CorpusState corpus, EmbeddingsFigures embeddings, RecallOptions options, FusionDescription fusion) => new()
    {
        Tenant = corpus.Tenant,
        Collection = corpus.Collection,
        CorpusVersion = corpus.CorpusVersion,
        EmbeddingsVersion = corpus.EmbeddingsVersion,
        Documents = corpus.Documents,
        Chunks = corpus.Chunks,
        State = status.State switch
        {
            VectorState.Healthy => VectorIndexState.Healthy,
            VectorState.Degraded => VectorIndexState.Degraded,
            _ => VectorIndexState.Recovering,
        },
        Reason = status.Reason,
        SinceUnixMs = status.Since.ToUnixTimeMilliseconds(),
        Rebuilds = status.Rebuilds,
        Fusion = fusion,
        Recall = new RecallFigures
        {
            K = options.K,
            Samples = status.Recall.Samples,
            Mean = status.Recall.Mean,
            Lower = status.Recall.Lower,
            Upper = status.Recall.Upper,
            Target = options.Target,
        },
        Embeddings = embeddings,
    };

    private static MetadataCondition ToCondition(FilterCondition condition)
    {
        if (condition.TestCase == FilterCondition.TestOneofCase.AnyOf) return new AnyOfCondition(condition.Name, [.. condition.AnyOf.Values]);
        var range = condition.Range;
        return new RangeCondition(
            condition.Name,
            range.HasGt || range.HasGte ? MetadataNumber.Of(range.HasGt ? range.Gt : range.Gte) : null, range.HasGte,
            range.HasLt || range.HasLte ? MetadataNumber.Of(range.HasLt ? range.Lt : range.Lte) : null, range.HasLte);
    }

    /// <summary>A document's metadata. A field without a value is none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ToMetadata(IReadOnlyDictionary<string, MetadataValues> metadata) =>
        metadata.Where(field => field.Value.Values.Count > 0).ToDictionary(field => field.Key, field => (IReadOnlyList<string>)field.Value.Values, StringComparer.Ordinal);

    /// <summary>A caller's vector, of unit length whatever it was sent as: distances mean cosines only between unit vectors.</summary>
    private static ReadOnlyMemory<float> ToVector(Vector? vector)
    {
        if (vector is null || vector.Values.Count == 0) return default;
        var values = vector.Values.ToArray();
        return LsaModel.Normalize(values) ? values : default;
    }
}
