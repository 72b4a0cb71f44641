using System.Diagnostics.Metrics;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Search;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Recall;

/// <summary>How a corpus' vectors stand, for people.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="State">The state, whatever brought it about.</param>
/// <param name="Reason">Why it is not healthy, in the words of <see cref="DegradedReason"/>; empty otherwise.</param>
/// <param name="Since">When the recall's part of the state began.</param>
/// <param name="Recall">The estimate.</param>
/// <param name="Rebuilds">Rebuilds in a row that have not helped.</param>
internal sealed record VectorStatus(Corpus Corpus, VectorState State, string Reason, DateTimeOffset Since, RecallEstimate Recall, int Rebuilds);

internal sealed partial class RecallMonitor
{
    /// <summary>Corpora in the metrics at most: each is a time series.</summary>
    private const int MostSeries = 100;

    private static readonly Counter<long> Samples = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.retrieval.recall.samples", "{sample}", "Vector searches that were repeated exactly.");

    /// <summary>How often the samples are written to disk while the state does not change.</summary>
    private static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(10);

    private long _kept;

    /// <summary>How the corpora that are open stand, by tenant and collection.</summary>
    public IReadOnlyList<VectorStatus> Statuses() => [.. _corpora.Open.Select(StatusOf).OrderBy(status => status.Corpus.Key.Tenant, StringComparer.Ordinal).ThenBy(status => status.Corpus.Key.Collection, StringComparer.Ordinal)];

    /// <summary>How a corpus stands.</summary>
    public VectorStatus StatusOf(Corpus corpus)
    {
        var watched = Recall(corpus);
        var now = _time.GetUtcNow();
        var health = corpus.RecallHealth ?? RecallHealth.Initial(now);
        var (state, reason) = Standing(corpus);
        return new VectorStatus(corpus, state, reason, health.Since, watched.Estimate(now), health.Rebuilds);
    }

    /// <summary>
    /// Whether a corpus' vectors can be used, and if not, why: what searches go by and people are told. Recall comes first, for a rebuild because of it makes the set incomplete as well.
    /// </summary>
    public (VectorState State, string Reason) Standing(Corpus corpus)
    {
        // Before anything was sampled in this process, what an earlier one knew counts.
        if (corpus.RecallHealth is null) Recall(corpus);
        return corpus.RecallHealth is { State: not VectorState.Healthy } health ? (health.State, DegradedReason.RecallBelowObjective)
            : corpus.Row.Chunks == 0 ? (VectorState.Healthy, "")
            : corpus.Generation is null ? (VectorState.Recovering, DegradedReason.EmbedderUnavailable)
            : !_link.IsAvailable ? (VectorState.Degraded, DegradedReason.Of(_link.Fault))
            : corpus.VectorsEpoch != _link.Epoch ? (VectorState.Recovering, DegradedReason.VectorsUnavailable)
            : (VectorState.Healthy, "");
    }

    /// <summary>What is watched of a corpus; taken up from the disk when it is looked at for the first time, and begun anew with each generation.</summary>
    private Watched Recall(Corpus corpus)
    {
        var watched = _watched.GetValue(corpus, _ => new Watched(new RecallWindow(_options.WindowSamples, TimeSpan.FromMinutes(_options.WindowMinutes))));
        lock (watched)
        {
            var generation = corpus.Generation?.Row.Number ?? 0;
            if (corpus.RecallHealth is not null && watched.Generation == generation) return watched;
            var row = watched.Generation == 0 ? _store.ReadRecall(corpus.Number) : null;
            watched.Begin(generation);
            corpus.RecallHealth = RecallHealth.Initial(_time.GetUtcNow());
            if (row is null || row.Generation != generation) return watched;
            watched.Load(row.Samples);
            // A process that ended while it rebuilt begins again.
            var state = row.State == (int)VectorState.Healthy ? VectorState.Healthy : VectorState.Degraded;
            corpus.RecallHealth = new RecallHealth(
                state, DateTimeOffset.FromUnixTimeMilliseconds(row.SinceMs), row.Rebuilds, DateTimeOffset.FromUnixTimeMilliseconds(row.NextAttemptMs));
        }

        return watched;
    }

    private void Move(Corpus corpus, RecallHealth health)
    {
        corpus.RecallHealth = health;
        Keep(corpus);
    }

    private void KeepWhatChanged(bool ending)
    {
        if (!ending && _time.GetElapsedTime(_kept) < KeepEvery) return;
        _kept = _time.GetTimestamp();
        foreach (var corpus in _corpora.Open)
        {
            if (_watched.TryGetValue(corpus, out var watched) && watched.Changed) Keep(corpus);
        }
    }

    private void Keep(Corpus corpus)
    {
        var watched = Recall(corpus);
        var health = corpus.RecallHealth!;
        _store.SaveRecall(corpus.Number, new RecallRow(
            watched.Generation, (int)health.State, health.Since.ToUnixTimeMilliseconds(), health.Rebuilds, health.NextAttempt.ToUnixTimeMilliseconds(), watched.Save()));
    }

    private IEnumerable<Measurement<double>> ObserveRecall() => Statuses().Where(status => status.Recall.Samples > 0).Take(MostSeries)
        .Select(status => new Measurement<double>(status.Recall.Mean, Tags(status.Corpus.Key)));

    private IEnumerable<Measurement<int>> ObserveStates() => Statuses().Take(MostSeries)
        .Select(status => new Measurement<int>((int)status.State, Tags(status.Corpus.Key)));

    private static KeyValuePair<string, object?>[] Tags(CorpusKey key) => [new("slipway.tenant", key.Tenant), new("slipway.collection", key.Collection)];

    /// <summary>The samples of one corpus. Written by the monitor alone, read by whoever asks for the status.</summary>
    private sealed class Watched(RecallWindow window)
    {
        /// <summary>Query vectors that are kept, in memory alone, to probe a rebuilt index with.</summary>
        private const int MostQueries = 64;

        private readonly Lock _gate = new();
        private readonly Queue<ReadOnlyMemory<float>> _queries = new();

        public long Generation { get; private set; }

        public bool Changed { get; private set; }

        public IReadOnlyList<ReadOnlyMemory<float>> Queries
        {
            get
            {
                lock (_gate) return [.. _queries];
            }
        }

        public void Begin(long generation)
        {
            Generation = generation;
            Forget();
            lock (_gate) _queries.Clear();
        }

        public void Add(DateTimeOffset now, double recall, ReadOnlyMemory<float> query)
        {
            lock (_gate)
            {
                window.Add(now, recall);
                _queries.Enqueue(query);
                if (_queries.Count > MostQueries) _queries.Dequeue();
                Changed = true;
            }
        }

        public RecallEstimate Estimate(DateTimeOffset now)
        {
            lock (_gate) return window.Estimate(now);
        }

        /// <summary>Samples of an index that is no more say nothing; the queries are as good as before.</summary>
        public void Forget()
        {
            lock (_gate)
            {
                window.Clear();
                Changed = true;
            }
        }

        public void Load(ReadOnlySpan<byte> samples)
        {
            lock (_gate) window.Load(samples);
        }

        public byte[] Save()
        {
            lock (_gate)
            {
                Changed = false;
                return window.Save();
            }
        }
    }
}
