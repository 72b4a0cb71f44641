using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Recall;

internal sealed partial class RecallMonitor
{
    /// <summary>Builds degraded indexes again, one after the other, and probes them.</summary>
    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var corpus in _corpora.Open)
        {
            if (!_link.IsAvailable) return;
            if (corpus.RecallHealth is not { } health || corpus.Generation is null || !RecallPolicy.IsRebuildDue(health, _time.GetUtcNow())) continue;
            Move(corpus, RecallPolicy.Rebuilding(health, _time.GetUtcNow()));
            try
            {
                await _corpora.Ensure(corpus.Key).Indexer.RebuildAsync(cancellationToken);
                var probes = await ProbeAsync(corpus, cancellationToken);
                health = _policy.AfterProbe(corpus.RecallHealth!, probes, _time.GetUtcNow());
                if (health.State == VectorState.Healthy) LogRecovered(corpus.Name, probes.Mean, probes.Samples);
                else LogNotRecovered(corpus.Name, probes.Mean, probes.Samples, health.NextAttempt);
            }
            catch (VectorIndexException exception)
            {
                if (exception.Fault != VectorFault.Refused) _link.ReportFailure(exception.Fault);
                health = _policy.Failed(corpus.RecallHealth!, _time.GetUtcNow());
                LogRebuildFailed(corpus.Name, exception.Fault, health.NextAttempt);
            }

            Recall(corpus).Forget();
            Move(corpus, health);
        }
    }

    /// <summary>Searches for the queries that were sampled last and, where those are few, for stored vectors; and compares with the truth.</summary>
    private async Task<RecallEstimate> ProbeAsync(Corpus corpus, CancellationToken cancellationToken)
    {
        var generation = corpus.Generation!;
        var queries = Recall(corpus).Queries.Where(query => query.Length == generation.Embedder.Dimensions).Take(_options.ProbeQueries).ToList();
        if (queries.Count < _options.ProbeQueries)
        {
            var chunks = _store.CountVectors(generation.Row.Number);
            var stored = EverySoOften(generation.Row.Number, chunks, _options.ProbeQueries - queries.Count);
            queries.AddRange(_store.ReadVectors(generation.Row.Number, stored).Select(vector => (ReadOnlyMemory<float>)vector.Vector));
        }

        var found = new List<IReadOnlyList<long>>(queries.Count);
        foreach (var query in queries)
            found.Add([.. (await _vectors.SearchAsync(generation.Set, query, _options.K, cancellationToken)).Select(hit => hit.Chunk)]);
        var recalls = _exact.Recall(generation.Row.Number, queries, found, _options.K, cancellationToken).OfType<double>().ToList();
        return RecallEstimate.From(recalls.Count, recalls.Sum());
    }

    /// <summary>Stored chunks, evenly over the generation.</summary>
    private List<long> EverySoOften(long generation, long stored, int wanted)
    {
        var step = Math.Max(1, stored / wanted);
        var chosen = new List<long>(wanted);
        long after = 0, seen = 0;
        while (chosen.Count < wanted && _store.ReadVectorChunks(generation, after, 4096) is { Count: > 0 } chunks)
        {
            foreach (var chunk in chunks)
            {
                if (seen++ % step == 0 && chosen.Count < wanted) chosen.Add(chunk);
            }

            after = chunks[^1];
        }

        return chosen;
    }

    [LoggerMessage(151, LogLevel.Information, "The vector index of {Corpus} was built again and answers: recall {Mean:0.000} over {Probes} probes.")]
    private partial void LogRecovered(string corpus, double mean, int probes);

    [LoggerMessage(152, LogLevel.Error, "The vector index of {Corpus} was built again and is no better: recall {Mean:0.000} over {Probes} probes. Next attempt at {Next:u}.")]
    private partial void LogNotRecovered(string corpus, double mean, int probes, DateTimeOffset next);

    [LoggerMessage(153, LogLevel.Warning, "The vector index of {Corpus} could not be built again ({Fault}). Next attempt at {Next:u}.")]
    private partial void LogRebuildFailed(string corpus, VectorFault fault, DateTimeOffset next);
}
