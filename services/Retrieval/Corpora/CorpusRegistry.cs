using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Corpora;

/// <summary>The corpora of this process. One is opened when it is first needed: its keyword index is caught up from the store, its embedder loaded.</summary>
internal sealed partial class CorpusRegistry(
    DocumentStore store, CorpusHub hub, CorpusIndexerFactory indexers, IEmbedderSource embedders, RetrievalOptions options, RetrievalPaths paths, ILogger<CorpusRegistry> logger) : IAsyncDisposable
{
    /// <summary>Documents of one step of catching up: bounds memory.</summary>
    private const int CatchUpBatch = 256;

    private readonly ConcurrentDictionary<CorpusKey, Lazy<OpenCorpus>> _corpora = new();

    /// <summary>The corpora that are open.</summary>
    public IEnumerable<Corpus> Open => _corpora.Values.Where(entry => entry.IsValueCreated).Select(entry => entry.Value.Corpus);

    /// <summary>A corpus, or null when it never had a document.</summary>
    public Corpus? Find(CorpusKey key)
    {
        if (_corpora.TryGetValue(key, out var open)) return Value(key, open).Corpus;
        return store.FindCorpus(key) is null ? null : Ensure(key).Corpus;
    }

    /// <summary>A corpus, made if need be.</summary>
    public OpenCorpus Ensure(CorpusKey key) =>
        Value(key, _corpora.GetOrAdd(key, static (name, registry) => new Lazy<OpenCorpus>(() => registry.OpenCorpus(name)), this));

    /// <summary>Whether a tenant may have this collection: it has it, or has room for one more.</summary>
    public bool HasRoomFor(CorpusKey key) => Find(key) is { Row.Documents: > 0 }
        || Open.Count(corpus => corpus.Key.Tenant == key.Tenant && corpus.Key != key && corpus.Row.Documents > 0) < options.MostCollections;

    /// <summary>Opens what the store holds, of one tenant or of all.</summary>
    public void OpenAll(CancellationToken cancellationToken, string? tenant = null)
    {
        foreach (var row in store.ReadCorpora().Where(row => tenant is null || row.Key.Tenant == tenant))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Ensure(row.Key);
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
        LogKeywordRepair(corpus.Name);
        corpus.KeywordBroken = true;
        try
        {
            corpus.Keyword.Abandon();
        }
        catch (Exception exception) when (KeywordIndexException.IsFailure(exception))
        {
            LogAbandonFailed(exception, corpus.Name);
        }

        corpus.Keyword = await OpenKeywordAsync(store.FindCorpus(corpus.Key)!);
        corpus.KeywordBroken = false;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var corpus in Open) await corpus.DisposeAsync();
    }

    /// <summary>A failure to open is not kept: the next call tries again.</summary>
    private OpenCorpus Value(CorpusKey key, Lazy<OpenCorpus> entry)
    {
        try
        {
            return entry.Value;
        }
        catch
        {
            _corpora.TryRemove(new KeyValuePair<CorpusKey, Lazy<OpenCorpus>>(key, entry));
            throw;
        }
    }

    private OpenCorpus OpenCorpus(CorpusKey key)
    {
        var row = store.EnsureCorpus(key);
        // Lucene's index opens without waiting for anything but the disk.
        var keyword = OpenKeywordAsync(row).GetAwaiter().GetResult();
        var corpus = new Corpus(row, keyword);
        LoadGenerations(corpus, row);
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
        LogCaughtUp(row.Key.ToString(), documents, from, row.Sequence);
    }

    [LoggerMessage(110, LogLevel.Information, "The keyword index of {Corpus} was caught up with {Documents} documents, from change {From} to {To}.")]
    private partial void LogCaughtUp(string corpus, int documents, long from, long to);

    [LoggerMessage(112, LogLevel.Warning, "The keyword index of {Corpus} failed: it is opened again and caught up.")]
    private partial void LogKeywordRepair(string corpus);

    [LoggerMessage(113, LogLevel.Debug, "The failed keyword index of {Corpus} could not be closed.")]
    private partial void LogAbandonFailed(Exception exception, string corpus);

    [LoggerMessage(111, LogLevel.Warning, "The embedder of {Corpus} is not readable: it will be fitted again.")]
    private partial void LogModelLost(string corpus);
}

/// <summary>A corpus and the task that keeps its vectors.</summary>
internal sealed record OpenCorpus(Corpus Corpus, CorpusIndexer Indexer);
