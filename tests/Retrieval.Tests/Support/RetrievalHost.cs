using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>The whole service in this process, as Program.cs builds it, with its gRPC client.</summary>
internal sealed class RetrievalHost : WebApplicationFactory<Program>
{
    private readonly string _dataPath;
    private readonly string _vectors;
    private readonly (string Key, string Value)[] _settings;
    private readonly Action<IServiceCollection>? _services;
    private GrpcChannel? _channel;

    public RetrievalHost(string dataPath, string? vectors, params (string Key, string Value)[] settings)
        : this(dataPath, vectors, null, settings)
    {
    }

    public RetrievalHost(string dataPath, string? vectors, Action<IServiceCollection>? services, params (string Key, string Value)[] settings)
    {
        _dataPath = dataPath;
        // Nothing listens at port 1: connections are refused at once.
        _vectors = vectors ?? "127.0.0.1:1";
        _services = services;
        _settings = settings;
        Client = new RetrievalService.RetrievalServiceClient(Channel);
    }

    public RetrievalService.RetrievalServiceClient Client { get; }

    public static Metadata Key => new() { { SlipwayHeaders.InternalKey, WellKnown.InternalKey } };

    public CorpusRegistry Corpora => Services.GetRequiredService<CorpusRegistry>();

    public VectorLink Link => Services.GetRequiredService<VectorLink>();

    public IVectorIndex Vectors => Service<IVectorIndex>();

    private GrpcChannel Channel => _channel ??= GrpcChannel.ForAddress(Server.BaseAddress, new GrpcChannelOptions
    {
        HttpHandler = Server.CreateHandler(),
        MaxReceiveMessageSize = 16 * 1024 * 1024,
    });

    public T Service<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Waits until everything that was stored is embedded and, if the index is there, in the vector index.</summary>
    public Task SettleAsync(string tenant, CancellationToken cancellationToken) => Corpora.Ensure(tenant).Indexer.SettleAsync(cancellationToken);

    /// <summary>Waits until searches of the tenant may use vectors.</summary>
    public async Task VectorsReadyAsync(string tenant, CancellationToken cancellationToken)
    {
        while (true)
        {
            await SettleAsync(tenant, cancellationToken);
            if (Corpora.Find(tenant) is { Generation: not null } corpus && Link.IsAvailable && corpus.VectorsEpoch == Link.Epoch) return;
            await Task.Yield();
        }
    }

    public async Task<IReadOnlyList<UpsertDocumentResult>> UpsertAsync(CancellationToken cancellationToken, params IEnumerable<UpsertDocumentRequest> documents)
    {
        using var call = Client.UpsertDocuments(Key, cancellationToken: cancellationToken);
        var results = new List<UpsertDocumentResult>();
        var reading = Task.Run(
            async () =>
            {
                await foreach (var result in call.ResponseStream.ReadAllAsync(cancellationToken)) results.Add(result);
            },
            cancellationToken);
        foreach (var document in documents) await call.RequestStream.WriteAsync(document, cancellationToken);
        await call.RequestStream.CompleteAsync();
        await reading;
        return results;
    }

    public async Task<SearchResponse> SearchAsync(
        string tenant, string query, CancellationToken cancellationToken, SearchMode mode = SearchMode.Hybrid, int limit = 5) =>
        await Client.SearchAsync(new SearchRequest { Tenant = tenant, Query = query, Mode = mode, Limit = limit }, Key, cancellationToken: cancellationToken);

    /// <summary>
    /// Program.cs disposes its services when it is told to stop, at the same time as the factory does, and whoever comes second does not wait for the first. Here both
    /// have ended: files may be touched, and another host may take the folder.
    /// </summary>
    public override async ValueTask DisposeAsync()
    {
        var (indexers, corpora, store) = (Service<CorpusIndexerFactory>(), Corpora, Service<DocumentStore>());
        await base.DisposeAsync();
        await indexers.StopAsync();
        await corpora.DisposeAsync();
        store.Dispose();
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
        builder.UseSetting("Slipway:DataPath", _dataPath);
        builder.UseSetting("ConnectionStrings:vectors", _vectors);
        builder.UseSetting("Slipway:Retrieval:Embedding:QuietMs", "0");
        builder.UseSetting("Slipway:Retrieval:Vectors:ProbeMs", "20");
        builder.UseSetting("Slipway:Retrieval:Vectors:TimeoutMs", "2000");
        builder.UseSetting("Slipway:Retrieval:Vectors:PatienceMs", "500");
        foreach (var (key, value) in _settings) builder.UseSetting(key, value);
        if (_services is not null) builder.ConfigureServices(_services);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _channel?.Dispose();
        base.Dispose(disposing);
    }
}
