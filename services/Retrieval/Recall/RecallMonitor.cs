using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Recall;

/// <summary>A live vector search, to be repeated exactly.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="Generation">The generation that was searched.</param>
/// <param name="Epoch">The epoch of the vector link.</param>
/// <param name="Sequence">The corpus' sequence before the search.</param>
/// <param name="Query">The query's vector.</param>
/// <param name="Found">What the index found, best first.</param>
internal sealed record RecallSample(Corpus Corpus, Generation Generation, long Epoch, long Sequence, ReadOnlyMemory<float> Query, IReadOnlyList<ScoredChunk> Found);

/// <summary>
/// Watches the recall of the vector indexes. Searches offer what they found and never wait; here a sampled share is repeated exactly, in the background and within
/// <see cref="RecallOptions.ProcessorShare"/>; what that says moves a corpus between <see cref="VectorState"/>s, and a degraded index is built again from the stored vectors.
/// A sample is dropped when documents changed between the search and its repetition: the two would have searched different corpora.
/// Split by aspect: sampling and judging here, rebuilding and probing, keeping and telling.
/// </summary>
internal sealed partial class RecallMonitor : BackgroundService
{
    /// <summary>Samples that wait; when there are more, the newest are dropped.</summary>
    private const int Waiting = 256;

    /// <summary>Samples of one pass over the vectors.</summary>
    private const int OnePass = 32;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Channel<RecallSample> _samples = Channel.CreateBounded<RecallSample>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ConditionalWeakTable<Corpus, Watched> _watched = [];
    private readonly CorpusRegistry _corpora;
    private readonly DocumentStore _store;
    private readonly IVectorIndex _vectors;
    private readonly VectorLink _link;
    private readonly ExactSearch _exact;
    private readonly RecallPolicy _policy;
    private readonly RecallSampler _sampler;
    private readonly RecallOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RecallMonitor> _logger;

    public RecallMonitor(
        CorpusRegistry corpora, DocumentStore store, IVectorIndex vectors, VectorLink link, ExactSearch exact, RecallPolicy policy, RecallSampler sampler, RecallOptions options,
        TimeProvider time, ILogger<RecallMonitor> logger)
    {
        (_corpora, _store, _vectors, _link, _exact, _policy, _sampler, _options, _time, _logger) = (corpora, store, vectors, link, exact, policy, sampler, options, time, logger);
        SlipwayTelemetry.Meter.CreateObservableGauge("slipway.retrieval.recall", ObserveRecall, "1", "The estimated recall@k of the vector index, by tenant and collection.");
        SlipwayTelemetry.Meter.CreateObservableGauge("slipway.retrieval.vector_state", ObserveStates, "1", "0 healthy, 1 degraded, 2 recovering; by tenant and collection.");
    }

    /// <summary>A vector search was answered. Returns at once; the search may be repeated later.</summary>
    public void Offer(RecallSample sample)
    {
        if (_sampler.Choose()) _samples.Writer.TryWrite(sample);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                var started = _time.GetTimestamp();
                foreach (var corpus in _corpora.Open) Recall(corpus);
                foreach (var group in Take().GroupBy(sample => sample.Corpus)) Judge(group.Key, [.. group], stoppingToken);
                // What the passes over the vectors took is paid for with a pause; rebuilding is not watching, and costs what it must.
                var spent = _time.GetElapsedTime(started);
                await RecoverAsync(stoppingToken);
                KeepWhatChanged(ending: false);
                await PauseAsync(spent * ((1 / _options.ProcessorShare) - 1), stoppingToken);
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping; an ObjectDisposedException of the store is one way to learn of it.
        }
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            KeepWhatChanged(ending: true);
        }
        catch (ObjectDisposedException)
        {
            // The store was closed first: the samples of the last ten seconds are lost.
        }
    }

    private List<RecallSample> Take()
    {
        var taken = new List<RecallSample>();
        while (taken.Count < OnePass && _samples.Reader.TryRead(out var sample)) taken.Add(sample);
        return taken;
    }

    private void Judge(Corpus corpus, IReadOnlyList<RecallSample> samples, CancellationToken cancellationToken)
    {
        var current = samples.Where(IsCurrent).ToList();
        if (current.Count == 0) return;
        var recalls = _exact.Recall(
            current[0].Generation.Row.Number, [.. current.Select(sample => sample.Query)], [.. current.Select(sample => (IReadOnlyList<long>)[.. sample.Found.Select(hit => hit.Chunk)])],
            _options.K, cancellationToken);
        var watched = Recall(corpus);
        var now = _time.GetUtcNow();
        for (var i = 0; i < current.Count; i++)
        {
            if (recalls[i] is not { } recall || !IsCurrent(current[i])) continue;
            watched.Add(now, recall, current[i].Query);
            Samples.Add(1);
        }

        var estimate = watched.Estimate(now);
        var health = _policy.AfterSample(corpus.RecallHealth!, estimate, now);
        if (health == corpus.RecallHealth) return;
        Move(corpus, health);
        LogBelow(corpus.Name, _options.K, estimate.Mean, estimate.Upper, _options.Target, estimate.Samples);
    }

    private bool IsCurrent(RecallSample sample) =>
        ReferenceEquals(sample.Corpus.Generation, sample.Generation) && sample.Corpus.Row.Sequence == sample.Sequence
        && sample.Corpus.VectorsEpoch == sample.Epoch && sample.Corpus.RecallHealth is { State: VectorState.Healthy };

    private async Task PauseAsync(TimeSpan least, CancellationToken cancellationToken)
    {
        if (least > TimeSpan.Zero) await Task.Delay(least, _time, cancellationToken);
        using var tick = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var more = _samples.Reader.WaitToReadAsync(tick.Token).AsTask();
        await Task.WhenAny(more, Task.Delay(Tick, _time, tick.Token));
        await tick.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    [LoggerMessage(150, LogLevel.Warning, "The vector index of {Corpus} finds too few neighbours: recall@{K} is {Mean:0.000}, at most {Upper:0.000}, and {Target} is wanted ({Samples} samples). Keywords answer until it is built again.")]
    private partial void LogBelow(string corpus, int k, double mean, double upper, double target, int samples);
}
