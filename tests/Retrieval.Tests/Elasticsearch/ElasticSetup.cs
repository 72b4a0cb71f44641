using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>The client and the vector index, against a fake.</summary>
internal sealed class ElasticSetup : IHttpClientFactory, IChunkMetadata, IDisposable
{
    private readonly HttpClient _http;

    public ElasticSetup(string connectionString, ElasticOptions? options = null, TimeProvider? time = null)
    {
        Options = options ?? new ElasticOptions { RetryDelayMs = 1, ReadTimeoutMs = 20_000, SearchTimeoutMs = 20_000 };
        var connection = ElasticConnection.Parse(connectionString, Options.ApiKey);
        _http = new HttpClient { BaseAddress = connection.Address, DefaultRequestHeaders = { Authorization = connection.Authorization } };
        Client = new ElasticClient(this, Options, time ?? TimeProvider.System, new Random(1));
        Bulk = new ElasticBulk(Client, Options, time ?? TimeProvider.System);
        Vectors = new ElasticVectorIndex(Client, Bulk, Options, new VectorOptions(), this);
    }

    public ElasticOptions Options { get; }

    public ElasticClient Client { get; }

    public ElasticBulk Bulk { get; }

    public ElasticVectorIndex Vectors { get; }

    /// <summary>What the documents store would say.</summary>
    public Dictionary<long, IReadOnlyDictionary<string, IReadOnlyList<string>>> Metadata { get; } = [];

    public HttpClient CreateClient(string name) => _http;

    public IReadOnlyDictionary<long, IReadOnlyDictionary<string, IReadOnlyList<string>>> ReadMetadata(IReadOnlyList<long> chunks) =>
        chunks.Where(Metadata.ContainsKey).ToDictionary(chunk => chunk, chunk => Metadata[chunk]);

    public void Dispose() => _http.Dispose();
}
