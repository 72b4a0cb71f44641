using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Endpoint;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Ingest;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Reranking;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Seeding;
using Slipway.Retrieval.Vectors;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;
using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.Retrieval;

/// <summary>What the service is made of.</summary>
internal static class RetrievalServices
{
    /// <summary>Reads <c>Slipway:Retrieval</c> and <c>Slipway:Corpus</c>.</summary>
    /// <exception cref="InvalidOperationException">They are wrong; all errors are named.</exception>
    public static WebApplicationBuilder AddRetrievalOptions(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Slipway:Retrieval").Get<RetrievalOptions>() ?? new RetrievalOptions();
        var seed = builder.Configuration.GetSection("Slipway:Corpus").Get<SeedOptions>() ?? new SeedOptions();
        var elastic = ElasticServices.IsUsed(options);
        var errors = options.Validate().Concat(seed.Validate()).ToList();
        if (elastic) errors.AddRange(options.Elasticsearch.Validate(builder.Configuration.GetConnectionString(ElasticOptions.Name)));
        if (errors.Count > 0) throw new InvalidOperationException("The configuration is wrong:\n" + string.Join('\n', errors));
        builder.Services.AddSingleton(options).AddSingleton(seed);
        builder.Services.AddSingleton(options.Embedding).AddSingleton(options.Vectors).AddSingleton(options.Search).AddSingleton(options.Chunking).AddSingleton(options.Recall);
        builder.Services.AddSingleton(options.Fusion).AddSingleton(options.Reranker);
        builder.Services.AddSingleton(options.Keyword).AddSingleton(options.Elasticsearch);
        if (elastic) builder.AddElasticsearch();
        builder.Services.AddSingleton(new RetrievalPaths(builder.DataPath()));
        return builder;
    }

    /// <summary>The documents store, and the queue of changes to it.</summary>
    public static WebApplicationBuilder AddDocuments(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new DocumentStore(services.GetRequiredService<RetrievalPaths>().Database));
        builder.Services.AddSingleton<DocumentPreparer>();
        builder.Services.AddSingleton<UpsertStream>();
        builder.Services.AddSingleton<CollectionDeletion>();
        builder.Services.AddHosted<IngestQueue>();
        builder.Services.AddHostedService<KeywordCommitter>();
        return builder;
    }

    /// <summary>The vector index that the configuration names. The service serves without it.</summary>
    public static WebApplicationBuilder AddVectorIndex(this WebApplicationBuilder builder)
    {
        switch (builder.Configuration["Slipway:Retrieval:Vectors:Backend"])
        {
            case VectorOptions.Exact:
                builder.Services.TryAddSingleton<IVectorIndex, ExactVectorIndex>();
                break;
            case ElasticOptions.Name:
                builder.Services.TryAddSingleton<IVectorIndex, ElasticVectorIndex>();
                break;
            default:
                builder.AddRedis("vectors", patience: TimeSpan.FromMilliseconds(builder.Configuration.GetValue<int>("Slipway:Retrieval:Vectors:TimeoutMs")));
                builder.Services.TryAddSingleton<IVectorIndex>(services => new RespVectorIndex(
                    () => services.GetRequiredKeyedService<IConnectionMultiplexer>("vectors"), services.GetRequiredService<VectorOptions>()));
                break;
        }

        builder.Services.AddHosted<VectorLink>();
        return builder;
    }

    /// <summary>The corpora: keyword indexes, embedders, and the indexers that keep the vectors.</summary>
    public static WebApplicationBuilder AddCorpora(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<ModelBrokerService.ModelBrokerServiceClient>("model-broker");
        builder.Services.AddSingleton<BrokerEmbeddings>();
        builder.Services.TryAddSingleton<IEmbedderSource, EmbedderSource>();
        builder.Services.AddSingleton(services => services.GetRequiredService<EmbeddingOptions>().Migration);
        builder.Services.AddSingleton<EmbeddingsMigrations>();
        builder.Services.AddSingleton<EmbeddingsStatus>();
        if (builder.Configuration["Slipway:Retrieval:Keyword:Backend"] == ElasticOptions.Name) builder.Services.TryAddSingleton<IKeywordIndexes, ElasticKeywordIndexes>();
        else builder.Services.TryAddSingleton<IKeywordIndexes, LuceneIndexes>();
        builder.Services.AddSingleton<ModelFitting>();
        builder.Services.AddSingleton<CorpusHub>();
        builder.Services.AddSingleton<CorpusIndexerFactory>();
        builder.Services.AddSingleton<CorpusRegistry>();
        return builder;
    }

    /// <summary>The watch over the recall of the vectors.</summary>
    public static WebApplicationBuilder AddRecall(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ExactSearch>();
        builder.Services.AddSingleton<RecallPolicy>();
        builder.Services.AddSingleton(services => new RecallSampler(services.GetRequiredService<RecallOptions>(), services.GetRequiredService<TimeProvider>(), new Random(1)));
        builder.Services.AddHosted<RecallMonitor>();
        return builder;
    }

    /// <summary>Search, with the fusion policy that the configuration names.</summary>
    public static WebApplicationBuilder AddSearch(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IFusionPolicy>(services => services.GetRequiredService<RetrievalOptions>().Fusion switch
        {
            { Policy: ReciprocalRankFusion.Name } fusion => new ReciprocalRankFusion(fusion),
            _ => new WeightedFusion(),
        });
        builder.Services.AddSingleton<FilteredNeighbours>();
        builder.Services.AddSingleton<Reranker>();
        builder.Services.AddSingleton<FusionWeights>();
        builder.Services.AddSingleton<FusionTuning>();
        builder.Services.AddHosted<DualReader>();
        builder.Services.AddSingleton<VectorSearch>();
        builder.Services.AddSingleton<Searcher>();
        builder.Services.AddSingleton<SearchGate>();
        return builder;
    }

    /// <summary>The folder that is indexed at start, and the health check that waits for it.</summary>
    public static WebApplicationBuilder AddSeeding(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SeedState>();
        builder.Services.AddHealthChecks().AddCheck<SeedState>("seed");
        builder.Services.AddHostedService<CorpusSeeder>();
        return builder;
    }

    private static void AddHosted<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
