using System.Threading.Channels;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Ingest;

/// <summary>A change could not be stored. What went wrong is in the log; the caller may try again.</summary>
internal sealed class IngestException(string message, Exception inner) : Exception(message, inner);

/// <summary>
/// The one writer. Changes of all streams meet here and are committed in groups: while one group is on its way to the disk the next one gathers, so that a sync is
/// shared by as many documents as wait for it, and a lone document waits for nobody. A change is answered when it is
/// <list type="number">
/// <item>durable in the store, and</item>
/// <item>visible to keyword searches.</item>
/// </list>
/// Vectors follow in the background. While the keyword index cannot be had, changes are turned away with an error that says to try again; one that was stored before that was noticed is caught
/// up, and sending it again is harmless.
/// </summary>
internal sealed partial class IngestQueue(DocumentStore store, CorpusRegistry corpora, TimeProvider time, ILogger<IngestQueue> logger) : BackgroundService
{
    /// <summary>Documents in one transaction at most: bounds what a lock or a crash costs.</summary>
    private const int MostInGroup = 128;

    /// <summary>Characters in one transaction at most, unless one document alone is larger.</summary>
    private const int MostCharacters = 4 * 1024 * 1024;

    private readonly Channel<Pending> _queue = Channel.CreateBounded<Pending>(new BoundedChannelOptions(256) { SingleReader = true });

    /// <summary>Queues a change, waiting for room; the returned task's task ends when the change is durable and visible.</summary>
    /// <exception cref="ChannelClosedException">The service is stopping.</exception>
    public async ValueTask<Task<ChangeOutcome>> SubmitAsync(Change change, CancellationToken cancellationToken)
    {
        var pending = new Pending(change);
        await _queue.Writer.WriteAsync(pending, cancellationToken);
        return pending.Done.Task;
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What was accepted is still stored; ExecuteAsync ends when the queue is empty.
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running) await Task.WhenAny(running, Task.Delay(Timeout.Infinite, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var group = new List<Pending>(MostInGroup);
        Pending? next = null;
        while (next is not null || await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var characters = 0;
            while (group.Count < MostInGroup && (next is not null || _queue.Reader.TryRead(out next)))
            {
                characters += next.Change.Document?.Text.Length ?? 0;
                if (group.Count > 0 && characters > MostCharacters) break;
                group.Add(next);
                next = null;
            }

            await ProcessAsync(group);
            group.Clear();
        }
    }

    private async Task ProcessAsync(List<Pending> group)
    {
        try
        {
            // Opened before the change: a corpus that opens after it would read the change as already there, which it is not for its counts.
            foreach (var key in group.Select(pending => pending.Change.Corpus).Distinct())
            {
                if (corpora.Ensure(key).Corpus is { KeywordBroken: true } broken) await RepairAsync(broken);
            }

            var outcomes = store.Apply([.. group.Select(pending => pending.Change)]);
            await MakeVisibleAsync(group, outcomes);
            for (var i = 0; i < group.Count; i++) group[i].Done.TrySetResult(outcomes[i]);
        }
        catch (Exception) when (group.Count > 1)
        {
            // One change must not fail its neighbours'.
            foreach (var pending in group) await ProcessAsync([pending]);
        }
        catch (Exception exception)
        {
            if (exception is KeywordIndexException) LogKeywordAway(group[0].Change.Corpus.ToString(), exception.Message);
            else LogFailed(exception, group[0].Change.Corpus.ToString());
            group[0].Done.TrySetException(new IngestException("The change could not be stored.", exception));
        }
    }

    private async Task MakeVisibleAsync(List<Pending> group, IReadOnlyList<ChangeOutcome> outcomes)
    {
        foreach (var changes in group.Zip(outcomes).Where(pair => pair.Second.Kind is ChangeKind.Stored or ChangeKind.Deleted).GroupBy(pair => pair.First.Change.Corpus))
        {
            var (corpus, indexer) = corpora.Ensure(changes.Key);
            // The last state of each document of the group is the one that counts.
            var last = new Dictionary<long, IndexedDocument?>();
            foreach (var (_, outcome) in changes) last[outcome.Document] = outcome.Indexed;
            await corpus.KeywordGate.WaitAsync();
            try
            {
                await corpus.Keyword.ApplyAsync(
                    [.. last.Values.OfType<IndexedDocument>()],
                    [.. last.Where(pair => pair.Value is null).Select(pair => pair.Key)],
                    changes.Max(pair => pair.Second.Sequence),
                    CancellationToken.None);
                await corpus.Keyword.RefreshAsync(CancellationToken.None);
            }
            catch (Exception exception) when (KeywordIndexException.IsFailure(exception))
            {
                LogKeywordFailed(exception, corpus.Name);
                await corpora.RepairKeywordAsync(corpus);
            }
            finally
            {
                corpus.KeywordGate.Release();
            }

            corpus.Row = store.FindCorpus(corpus.Key)!;
            corpus.ChangedAt = time.GetTimestamp();
            corpora.Publish(corpus);
            indexer.Wake();
        }
    }

    private async Task RepairAsync(Corpus corpus)
    {
        await corpus.KeywordGate.WaitAsync();
        try
        {
            if (corpus.KeywordBroken) await corpora.RepairKeywordAsync(corpus);
        }
        finally
        {
            corpus.KeywordGate.Release();
        }
    }

    private sealed class Pending(Change change)
    {
        public Change Change => change;

        public TaskCompletionSource<ChangeOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(130, LogLevel.Error, "A change of {Corpus} could not be stored.")]
    private partial void LogFailed(Exception exception, string corpus);

    [LoggerMessage(133, LogLevel.Debug, "A change of {Corpus} was turned away: the keyword index cannot be had. {Reason}")]
    private partial void LogKeywordAway(string corpus, string reason);

    [LoggerMessage(131, LogLevel.Warning, "The keyword index of {Corpus} refused a change.")]
    private partial void LogKeywordFailed(Exception exception, string corpus);
}
