using System.Collections.Concurrent;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Corpora;

/// <summary>The corpora of this process. One is opened when it is first needed: its keyword index is caught up from the store, its embedder loaded.</summary>
internal sealed partial class CorpusRegistry(
    DocumentStore store, CorpusHub hub, CorpusIndexerFactory indexers, IEmbedderSource embedders, IKeywordIndexes keywords, RetrievalOptions options,
    ILogger<CorpusRegistry> logger) : IAsyncDisposable
{
    /// <summary>Documents of one step of catching up: bounds memory.</summary>
    private const int CatchUpBatch = 256;

    private readonly CancellationTokenSource _closing = new();
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

    /// <summary>Makes the keyword indexes durable, tidies those that have not changed since the last call, and repairs those that could not be had.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        foreach (var (corpus, indexer) in _corpora.Values.Where(entry => entry.IsValueCreated).Select(entry => entry.Value))
        {
            if (corpus.KeywordBroken)
            {
                await TryRepairAsync(corpus, indexer);
                continue;
            }

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

    /// <summary>Replaces a keyword index that failed by one that is caught up from the store. The caller holds the <see cref="Corpus.KeywordGate"/>.</summary>
    public async Task RepairKeywordAsync(Corpus corpus)
    {
        if (!corpus.KeywordBroken) LogKeywordRepair(corpus.Name);
        corpus.KeywordBroken = true;
        try
        {
            corpus.Keyword.Abandon();
        }
        catch (Exception exception) when (KeywordIndexException.IsFailure(exception))
        {
            LogAbandonFailed(exception, corpus.Name);
        }

        var row = store.FindCorpus(corpus.Key)!;
        corpus.Keyword = await OpenKeywordAsync(row, _closing.Token);
        // It may hold changes that were stored while it could not be had.
        corpus.Row = row with { Generation = corpus.Row.Generation };
        corpus.KeywordBroken = false;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (var corpus in Open)
        {
            // Whoever opens or changes it ends first.
            await corpus.KeywordGate.WaitAsync();
            try
            {
                await corpus.DisposeAsync();
            }
            finally
            {
                corpus.KeywordGate.Release();
            }
        }
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
        var corpus = new Corpus(row, new ClosedKeywordIndex()) { KeywordBroken = true };
        LoadGenerations(corpus, row);
        OpenKeyword(corpus);
        var indexer = indexers.Start(corpus);
        Publish(corpus);
        return new OpenCorpus(corpus, indexer);
    }

    /// <summary>
    /// Opens the keyword index of a corpus that is being opened. One that is somebody else's may take longer than whoever needs the corpus can wait, or not be there: then the corpus is open
    /// without it, and it follows.
    /// </summary>
    private void OpenKeyword(Corpus corpus)
    {
        corpus.KeywordGate.Wait();
        var opening = OpenAndReleaseAsync(corpus);
        if (keywords.Patience == Timeout.InfiniteTimeSpan) opening.GetAwaiter().GetResult();
        else opening.Wait(keywords.Patience);
    }

    private async Task OpenAndReleaseAsync(Corpus corpus)
    {
        try
        {
            await RepairKeywordAsync(corpus);
        }
        catch (Exception exception) when (keywords.Patience != Timeout.InfiniteTimeSpan && (KeywordIndexException.IsFailure(exception) || _closing.IsCancellationRequested))
        {
            LogKeywordAway(corpus.Name, exception.Message);
        }
        finally
        {
            corpus.KeywordGate.Release();
        }
    }

    private async Task TryRepairAsync(Corpus corpus, CorpusIndexer indexer)
    {
        // Being opened, or changed by somebody who repairs it first.
        if (!await corpus.KeywordGate.WaitAsync(TimeSpan.Zero)) return;
        try
        {
            if (!corpus.KeywordBroken) return;
            await RepairKeywordAsync(corpus);
            Publish(corpus);
            indexer.Wake();
        }
        catch (Exception exception) when (KeywordIndexException.IsFailure(exception) || _closing.IsCancellationRequested)
        {
            // Tried again at the next call; that it is away was logged when it was first noticed.
        }
        finally
        {
            corpus.KeywordGate.Release();
        }
    }

    private async Task<IKeywordIndex> OpenKeywordAsync(CorpusRow row, CancellationToken cancellationToken)
    {
        var index = await keywords.OpenAsync(row, cancellationToken);
        if (index.Sequence < row.Sequence) await CatchUpAsync(index, row, cancellationToken);
        return index;
    }

    private async Task CatchUpAsync(IKeywordIndex index, CorpusRow row, CancellationToken cancellationToken)
    {
        var from = index.Sequence;
        await index.ApplyAsync([], store.ReadRemovals(row.Number, from), from, cancellationToken);
        var at = from;
        var documents = 0;
        while (store.ReadChanged(row.Number, at, CatchUpBatch) is { Count: > 0 } changed)
        {
            at = changed[^1].Sequence;
            documents += changed.Count;
            await index.ApplyAsync(changed, [], from, cancellationToken);
        }

        await index.ApplyAsync([], [], row.Sequence, cancellationToken);
        await index.RefreshAsync(cancellationToken);
        await index.CommitAsync(cancellationToken);
        LogCaughtUp(row.Key.ToString(), documents, from, row.Sequence);
    }

    [LoggerMessage(110, LogLevel.Information, "The keyword index of {Corpus} was caught up with {Documents} documents, from change {From} to {To}.")]
    private partial void LogCaughtUp(string corpus, int documents, long from, long to);

    [LoggerMessage(112, LogLevel.Warning, "The keyword index of {Corpus} failed: it is opened again and caught up.")]
    private partial void LogKeywordRepair(string corpus);

    [LoggerMessage(116, LogLevel.Warning, "The keyword index of {Corpus} cannot be had: {Reason} It is tried again.")]
    private partial void LogKeywordAway(string corpus, string reason);

    [LoggerMessage(113, LogLevel.Debug, "The failed keyword index of {Corpus} could not be closed.")]
    private partial void LogAbandonFailed(Exception exception, string corpus);

    [LoggerMessage(111, LogLevel.Warning, "The embedder of {Corpus} is not readable: it will be fitted again.")]
    private partial void LogModelLost(string corpus);
}

/// <summary>A corpus and the task that keeps its vectors.</summary>
internal sealed record OpenCorpus(Corpus Corpus, CorpusIndexer Indexer);
