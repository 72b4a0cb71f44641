using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

/// <summary>Starts the indexers of corpora and, at the end, stops them before the store closes.</summary>
internal sealed class CorpusIndexerFactory(
    DocumentStore store, IVectorIndex vectors, VectorLink link, ModelFitting fitting, IEmbedderSource embedders, RetrievalOptions options, RetrievalPaths paths, CorpusHub hub,
    TimeProvider time, ILogger<CorpusIndexer> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _running = [];

    /// <summary>Starts the indexer of a corpus.</summary>
    public CorpusIndexer Start(Corpus corpus)
    {
        var indexer = new CorpusIndexer(corpus, store, vectors, link, fitting, embedders, options, paths, hub, time, logger);
        lock (_gate) _running.Add(Task.Run(() => indexer.RunAsync(_stopping.Token), CancellationToken.None));
        indexer.Wake();
        return indexer;
    }

    /// <summary>Stops them all. A fit under way ends at its next step.</summary>
    public async Task StopAsync()
    {
        if (!_stopping.IsCancellationRequested) await _stopping.CancelAsync();
        Task[] running;
        lock (_gate) running = [.. _running];
        await Task.WhenAll(running);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync();
}
