using System.Threading.Channels;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

/// <summary>
/// Keeps one corpus' vectors, in the background and alone: nobody else writes them. Each step
/// <list type="number">
/// <item>fits the embedder when there is none or the corpus has outgrown it; an embedder that is not fitted is put to use with the first chunk,</item>
/// <item>embeds the chunks that have no vector, durably, before they go to the vector index,</item>
/// <item>makes the vector index hold exactly those, when it may have lost some,</item>
/// <item>takes removed chunks out of it.</item>
/// </list>
/// Every step can be cut off anywhere and taken up again: what is done is read from the store.
/// </summary>
internal sealed partial class CorpusIndexer(
    Corpus corpus, DocumentStore store, IVectorIndex vectors, VectorLink link, ModelFitting fitting, IEmbedderSource embedders, RetrievalOptions options, RetrievalPaths paths, CorpusHub hub,
    TimeProvider time, ILogger<CorpusIndexer> logger)
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();
    private readonly List<(TaskCompletionSource Done, long Since)> _settling = [];
    private bool _fitRequested;
    private TaskCompletionSource? _rebuild;

    /// <summary>Something changed: look again.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>
    /// Completes when every chunk of the corpus is embedded and in the vector index; an index that is away is waited for as long as patience lasts
    /// (<see cref="VectorOptions.PatienceMs"/>). A corpus without a model is fitted at once, without waiting for quiet.
    /// </summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _settling.Add((settled, time.GetTimestamp()));
            _fitRequested = true;
        }

        Wake();
        await settled.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Drops the corpus' set and fills it again from the stored vectors; completes when that is done.</summary>
    /// <exception cref="VectorIndexException">The index failed meanwhile.</exception>
    public async Task RebuildAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource rebuild;
        lock (_gate) rebuild = _rebuild ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Wake();
        await rebuild.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        link.Changed += Wake;
        try
        {
            while (true)
            {
                var wait = await TryStepAsync(cancellationToken);
                await WaitAsync(wait, cancellationToken);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping; an ObjectDisposedException of the store is one way to learn of it.
        }
        finally
        {
            link.Changed -= Wake;
        }
    }

    private async Task<TimeSpan> TryStepAsync(CancellationToken cancellationToken)
    {
        List<(TaskCompletionSource Done, long Since)> settling;
        bool fit;
        lock (_gate)
        {
            settling = [.. _settling];
            fit = _fitRequested;
            _fitRequested = false;
        }

        try
        {
            if (settling.Count > 0) await link.Known.WaitAsync(cancellationToken);
            var wait = await FitIfDueAsync(fit, cancellationToken);
            var retry = await EmbedPendingAsync(cancellationToken);
            if (retry < wait) wait = retry;
            await RebuildIfWantedAsync(cancellationToken);
            await SyncAsync(cancellationToken);
            return Settle(settling) && wait > AfterFailure ? AfterFailure : wait;
        }
        catch (VectorIndexException exception)
        {
            // The next step follows when the link is back.
            LogVectorsFailed(corpus.Name, exception.Fault, exception.Message);
            if (exception.Fault != VectorFault.Refused) link.ReportFailure(exception.Fault);
            Settle(settling);
            return AfterFailure;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogStepFailed(exception, corpus.Name);
            lock (_gate) _fitRequested |= fit;
            return AfterFailure;
        }
    }

    /// <summary>Releases who waits for the corpus to be in order, if it is, or if their patience is at its end.</summary>
    /// <returns>Whether somebody still waits.</returns>
    private bool Settle(List<(TaskCompletionSource Done, long Since)> settling)
    {
        var inOrder = !_behind && (corpus.Generation is null || (link.IsAvailable && corpus.VectorsEpoch == link.Epoch));
        var patience = TimeSpan.FromMilliseconds(options.Vectors.PatienceMs);
        var done = settling.Where(entry => inOrder || time.GetElapsedTime(entry.Since) >= patience).ToList();
        lock (_gate) _settling.RemoveAll(done.Contains);
        foreach (var (task, _) in done) task.TrySetResult();
        return done.Count < settling.Count;
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var timer = time.CreateTimer(static state => ((CorpusIndexer)state!).Wake(), this, wait, Timeout.InfiniteTimeSpan);
        await _wake.Reader.ReadAsync(cancellationToken);
    }

    [LoggerMessage(120, LogLevel.Warning, "The vectors of {Corpus} could not be brought to the vector index ({Fault}): {Reason}")]
    private partial void LogVectorsFailed(string corpus, VectorFault fault, string reason);

    [LoggerMessage(121, LogLevel.Error, "Indexing of {Corpus} failed; it is tried again.")]
    private partial void LogStepFailed(Exception exception, string corpus);
}
