using Slipway.Retrieval.Chunking;
using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Reranking;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval;

/// <summary>The configuration of the service, from <c>Slipway:Retrieval</c>.</summary>
internal sealed record RetrievalOptions
{
    public ChunkOptions Chunking { get; init; } = new();

    public KeywordOptions Keyword { get; init; } = new();

    public EmbeddingOptions Embedding { get; init; } = new();

    public VectorOptions Vectors { get; init; } = new();

    public ElasticOptions Elasticsearch { get; init; } = new();

    public FusionOptions Fusion { get; init; } = new();

    public RerankerOptions Reranker { get; init; } = new();

    public SearchOptions Search { get; init; } = new();

    public RecallOptions Recall { get; init; } = new();

    /// <summary>Collections of one tenant that have documents, at most: each has indexes of its own. 1 to 10,000, default 100.</summary>
    public int MostCollections { get; init; } = 100;

    /// <summary>All that is wrong with it.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        Range("MostCollections", MostCollections, 1, 10_000);
        Range("Chunking:Whole", Chunking.Whole, Chunking.Part, 100_000);
        Range("Chunking:Part", Chunking.Part, 100, 100_000);
        Range("Chunking:WholeBlock", Chunking.WholeBlock, Chunking.Part, 100_000);
        Range("Chunking:Small", Chunking.Small, 0, Chunking.Part);
        Range("Keyword:K1", Keyword.K1, 0, 3);
        Range("Keyword:B", Keyword.B, 0, 1);
        Range("Keyword:TitleBoost", Keyword.TitleBoost, 0, 10);
        Range("Keyword:HeadingBoost", Keyword.HeadingBoost, 0, 10);
        Range("Embedding:QueryTimeoutMs", Embedding.QueryTimeoutMs, 1, 10_000);
        Range("Embedding:RetryMs", Embedding.RetryMs, 1, 60_000);
        Range("Embedding:MostRefusals", Embedding.MostRefusals, 1, 100);
        Range("Embedding:MostFailures", Embedding.MostFailures, 1, 1000);
        Range("Embedding:Migration:BackfillShare", Embedding.Migration.BackfillShare, 0.01, 1);
        Range("Embedding:Migration:DualReadSearches", Embedding.Migration.DualReadSearches, 0, 100_000);
        Range("Embedding:Migration:DualReadMinutes", Embedding.Migration.DualReadMinutes, 0.01, 1440);
        Range("Embedding:Migration:MaxFailureShare", Embedding.Migration.MaxFailureShare, 0, 1);
        Range("Embedding:Migration:RetainHours", Embedding.Migration.RetainHours, 0, 8760);
        Range("Embedding:Onnx:Threads", Embedding.Onnx.Threads, 0, 256);
        Range("Embedding:Onnx:BatchTokens", Embedding.Onnx.BatchTokens, 512, 1_048_576);
        Range("Embedding:OpenAi:Dimensions", Embedding.OpenAi.Dimensions, 0, 16_384);
        Range("Embedding:OpenAi:BatchTexts", Embedding.OpenAi.BatchTexts, 1, 256);
        Range("Embedding:OpenAi:GatherMs", Embedding.OpenAi.GatherMs, 0, 100);
        Range("Embedding:OpenAi:TimeoutMs", Embedding.OpenAi.TimeoutMs, 100, 120_000);
        Range("Embedding:OpenAi:Retries", Embedding.OpenAi.Retries, 0, 10);
        Range("Embedding:OpenAi:RetryMs", Embedding.OpenAi.RetryMs, 1, 60_000);
        Range("Embedding:QuietMs", Embedding.QuietMs, 0, 60_000);
        Range("Embedding:QuietGrowth", Embedding.QuietGrowth, 1.1, 100);
        Range("Embedding:BusyGrowth", Embedding.BusyGrowth, 1.1, 1000);
        Range("Embedding:FirstBusyFit", Embedding.FirstBusyFit, 2, int.MaxValue);
        Range("Embedding:Threads", Embedding.Threads, 0, 1024);
        Range("Embedding:Lsa:Rank", Embedding.Lsa.Rank, 2, 1024);
        Range("Embedding:Lsa:MaxTerms", Embedding.Lsa.MaxTerms, 1000, 200_000);
        Range("Embedding:Lsa:MaxFitChunks", Embedding.Lsa.MaxFitChunks, 100, 1_000_000);
        Range("Embedding:Lsa:Oversampling", Embedding.Lsa.Oversampling, 0, 256);
        Range("Embedding:Lsa:PowerIterations", Embedding.Lsa.PowerIterations, 0, 20);
        Range("Vectors:TimeoutMs", Vectors.TimeoutMs, 1, 10_000);
        Range("Vectors:SilenceMs", Vectors.SilenceMs, 0, 60_000);
        Range("Vectors:SearchEf", Vectors.SearchEf, 10, 10_000);
        Range("Vectors:BuildEf", Vectors.BuildEf, 10, 10_000);
        Range("Vectors:Links", Vectors.Links, 4, 512);
        Range("Vectors:ProbeMs", Vectors.ProbeMs, 10, 60_000);
        Range("Vectors:PatienceMs", Vectors.PatienceMs, 0, 60_000);
        Range("Vectors:VerifySeconds", Vectors.VerifySeconds, 1, 86_400);
        Range("Fusion:VectorWeight", Fusion.VectorWeight, 0, 1);
        Range("Fusion:RankConstant", Fusion.RankConstant, 1, 1000);
        Range("Reranker:Passages", Reranker.Passages, 2, 100);
        Range("Reranker:TimeoutMs", Reranker.TimeoutMs, 10, 10_000);
        Range("Reranker:PassageCharacters", Reranker.PassageCharacters, 100, 32_000);
        Range("Search:Candidates", Search.Candidates, 10, 1000);
        Range("Search:ExactFilterChunks", Search.ExactFilterChunks, 0, 1_000_000);
        Range("Search:MostAtOnce", Search.MostAtOnce, 0, 100_000);
        Range("Search:MostWaiting", Search.MostWaiting, 0, 100_000);
        Range("Recall:K", Recall.K, 1, 100);
        Range("Recall:Target", Recall.Target, 0.5, 1);
        Range("Recall:RecoverAt", Recall.RecoverAt, Recall.Target, 1);
        Range("Recall:SampleShare", Recall.SampleShare, 0, 1);
        Range("Recall:MaxSamplesPerSecond", Recall.MaxSamplesPerSecond, 0.01, 1000);
        Range("Recall:WindowSamples", Recall.WindowSamples, 20, 10_000);
        Range("Recall:WindowMinutes", Recall.WindowMinutes, 1, 10_080);
        Range("Recall:MinSamples", Recall.MinSamples, 5, Recall.WindowSamples);
        Range("Recall:ProbeQueries", Recall.ProbeQueries, 5, 1000);
        Range("Recall:RetrySeconds", Recall.RetrySeconds, 1, 3600);
        Range("Recall:ProcessorShare", Recall.ProcessorShare, 0.001, 1);
        if (Fusion.Policy is not (WeightedFusion.Name or ReciprocalRankFusion.Name))
            errors.Add($"Slipway:Retrieval:Fusion:Policy is '{Fusion.Policy}'; it must be '{WeightedFusion.Name}' or '{ReciprocalRankFusion.Name}'.");
        if (Vectors.Backend is not (VectorOptions.Resp or ElasticOptions.Name or VectorOptions.Exact))
            errors.Add($"Slipway:Retrieval:Vectors:Backend is '{Vectors.Backend}'; it must be '{VectorOptions.Resp}', '{ElasticOptions.Name}' or '{VectorOptions.Exact}'.");
        if (Vectors.Backend == ElasticOptions.Name) Range("Vectors:BuildEf (with the backend elasticsearch)", Vectors.BuildEf, 10, ElasticOptions.MostBuildEf);
        if (Keyword.Backend is not (KeywordOptions.Lucene or ElasticOptions.Name))
            errors.Add($"Slipway:Retrieval:Keyword:Backend is '{Keyword.Backend}'; it must be '{KeywordOptions.Lucene}' or '{ElasticOptions.Name}'.");
        errors.AddRange(EmbeddingRules.Validate(Embedding));
        return errors;

        void Range(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most)) errors.Add(FormattableString.Invariant($"Slipway:Retrieval:{name} is {value}; it must be between {least} and {most}."));
        }
    }
}
