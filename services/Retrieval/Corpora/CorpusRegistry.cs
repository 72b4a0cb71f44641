using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

/// <summary>The corpora of this process. One is opened when it is first needed: its keyword index is caught up from the store, its embedder loaded.</summary>
internal sealed partial class CorpusRegistry(
    DocumentStore store, CorpusHub hub, CorpusIndexerFactory indexers, IEmbedderSource embedders, RetrievalOptions options, RetrievalPaths paths, ILogger<CorpusRegistry> logger) : IAsyncDisposable
{
    /// <summary>Documents of one step of catching up: bounds memory.</summary>
    private const int CatchUpBatch = 256;

    private readonly ConcurrentDictionary<string, Lazy<OpenCorpus>> _corpora = new(StringComparer.Ordinal);

    /// <summary>The corpora that are open.</summary>
    public IEnumerable<Corpus> Open => _corpora.Values.Where(entry => entry.IsValueCreated).Select(entry => entry.Value.Corpus);

    /// <summary>The tenant's corpus, or null when it never had a document.</summary>
    public Corpus? Find(string tenant)
    {
        if (_corpora.TryGetValue(tenant, out var open)) return Value(tenant, open).Corpus;
        return store.FindCorpus(tenant) is null ? null : Ensure(tenant).Corpus;
    }

    /// <summary>The tenant's corpus, made if need be.</summary>
    public OpenCorpus Ensure(string tenant) =>
        Value(tenant, _corpora.GetOrAdd(tenant, static (name, registry) => new Lazy<OpenCorpus>(() => registry.OpenCorpus(name)), this));

    /// <summary>Opens what the store holds.</summary>
    public void OpenAll(CancellationToken cancellationToken)
    {
        foreach (var row in store.ReadCorpora())
        {
            cancellationToken.ThrowIfCancellationRequested();
            Ensure(row.Tenant);
        }
    }

    /// <summary>Tells the watchers where a corpus stands.</summary>
    public void Publish(Corpus corpus) => hub.Publish(corpus.ToState(store));

    /// <summary>Makes the keyword indexes durable, and tidies those that have not changed since the last call.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        foreach (var corpus in Open)
        {
            var before = corpus.CommittedSequence;
            var committed = await corpus.Keyword.CommitAsync(cancellationToken);
            if (committed > before)
            {
                corpus.CommittedSequence = committed;
                store.PruneRemovals(corpus.Number, committed);
            }
            else
            {
                await corpus.Keyword.TidyAsync(cancellationToken);
            }
        }
    }

    /// <summary>Replaces a keyword index that failed by one that is caught up from the store.</summary>
    public async Task RepairKeywordAsync(Corpus corpus)
    {
        LogKeywordRepair(corpus.Tenant);
        corpus.KeywordBroken = true;
        try
        {
            corpus.Keyword.Abandon();
        }
        catch (Exception exception) when (KeywordIndexException.IsFailure(exception))
        {
            LogAbandonFailed(exception, corpus.Tenant);
        }

        corpus.Keyword = await OpenKeywordAsync(store.FindCorpus(corpus.Tenant)!);
        corpus.KeywordBroken = false;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var corpus in Open) await corpus.DisposeAsync();
    }

    /// <summary>A failure to open is not kept: the next call tries again.</summary>
    private OpenCorpus Value(string tenant, Lazy<OpenCorpus> entry)
    {
        try
        {
            return entry.Value;
        }
        catch
        {
            _corpora.TryRemove(new KeyValuePair<string, Lazy<OpenCorpus>>(tenant, entry));
            throw;
        }
    }

    private OpenCorpus OpenCorpus(string tenant)
    {
        var row = store.EnsureCorpus(tenant);
        // Lucene's index opens without waiting for anything but the disk.
        var keyword = OpenKeywordAsync(row).GetAwaiter().GetResult();
        var corpus = new Corpus(row, keyword) { Generation = LoadGeneration(row) };
        var indexer = indexers.Start(corpus);
        Publish(corpus);
        return new OpenCorpus(corpus, indexer);
    }

    private async Task<IKeywordIndex> OpenKeywordAsync(CorpusRow row)
    {
        var folder = Path.Combine(paths.Keyword, row.Number.ToString(CultureInfo.InvariantCulture));
        var index = LuceneIndex.Open(folder, store.DatabaseId, options.Keyword);
        if (index.Sequence > row.Sequence)
        {
            // The store is older than the index (restored from a backup): what the index knows may never have been.
            await index.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            index = LuceneIndex.Open(folder, store.DatabaseId, options.Keyword);
        }

        if (index.Sequence < row.Sequence) await CatchUpAsync(index, row);
        return index;
    }

    private async Task CatchUpAsync(LuceneIndex index, CorpusRow row)
    {
        var from = index.Sequence;
        await index.ApplyAsync([], store.ReadRemovals(row.Number, from), from, CancellationToken.None);
        var at = from;
        var documents = 0;
        while (store.ReadChanged(row.Number, at, CatchUpBatch) is { Count: > 0 } changed)
        {
            at = changed[^1].Sequence;
            documents += changed.Count;
            await index.ApplyAsync(changed, [], from, CancellationToken.None);
        }

        await index.ApplyAsync([], [], row.Sequence, CancellationToken.None);
        await index.RefreshAsync(CancellationToken.None);
        await index.CommitAsync(CancellationToken.None);
        LogCaughtUp(row.Tenant, documents, from, row.Sequence);
    }

    private Generation? LoadGeneration(CorpusRow row)
    {
        Generation? loaded = null;
        foreach (var generation in store.ReadGenerations(row.Number))
        {
            // What is not in use was being made, or being removed, when the process ended.
            if (generation.Number == row.Generation && embedders.Reopen(generation) is { } embedder)
            {
                if (embedder is UnavailableEmbedder { Reason: var reason }) LogEmbedderUnavailable(row.Tenant, reason);
                loaded = new Generation(generation, embedder, VectorSets.NameFor(store, generation));
                continue;
            }

            if (generation.Number == row.Generation) LogModelLost(row.Tenant);
            store.DropGeneration(generation.Number);
            File.Delete(paths.Model(generation.Number));
        }

        return loaded;
    }

    [LoggerMessage(110, LogLevel.Information, "The keyword index of {Tenant} was caught up with {Documents} documents, from change {From} to {To}.")]
    private partial void LogCaughtUp(string tenant, int documents, long from, long to);

    [LoggerMessage(112, LogLevel.Warning, "The keyword index of {Tenant} failed: it is opened again and caught up.")]
    private partial void LogKeywordRepair(string tenant);

    [LoggerMessage(113, LogLevel.Debug, "The failed keyword index of {Tenant} could not be closed.")]
    private partial void LogAbandonFailed(Exception exception, string tenant);

    [LoggerMessage(114, LogLevel.Error, "The vectors of {Tenant} cannot be searched: {Reason}")]
    private partial void LogEmbedderUnavailable(string tenant, string reason);

    [LoggerMessage(111, LogLevel.Warning, "The embedder of {Tenant} is not readable: it will be fitted again.")]
    private partial void LogModelLost(string tenant);
}

/// <summary>A corpus and the task that keeps its vectors.</summary>
internal sealed record OpenCorpus(Corpus Corpus, CorpusIndexer Indexer);
