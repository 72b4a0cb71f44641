using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Vectors;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Search;

/// <summary>What the vector half of a search came to: neighbours, or the reason why there are none to be had.</summary>
internal readonly record struct Neighbours(IReadOnlyList<ScoredChunk> Chunks, string DegradedReason = "");

/// <summary>The vector half of a search: bounded in time, and never an error.</summary>
internal sealed class VectorSearch(
    IVectorIndex vectors, VectorLink link, VectorOptions options, RecallMonitor recall, ExactSearch exact, FilteredNeighbours filtered, TimeProvider time)
{
    /// <summary>What must remain of the caller's deadline for fusing and sending.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(15);

    /// <summary>Searches a corpus.</summary>
    public async Task<Neighbours> SearchAsync(Corpus corpus, SearchQuery query, int count, CancellationToken cancellationToken)
    {
        if (SlipwayTelemetry.Source.HasListeners()) RetrievalTelemetry.VectorsStand(recall.StatusOf(corpus));
        if (corpus.Generation is not { } generation) return new Neighbours([], DegradedReason.EmbedderUnavailable);
        if (query.Mode == RetrievalMode.Exact)
        {
            var wanted = await EmbedAsync(generation, query, cancellationToken);
            return new Neighbours(wanted.IsEmpty ? [] : exact.Nearest(corpus.Number, generation.Row.Number, wanted, count, query.Filter, cancellationToken));
        }

        var epoch = link.Epoch;
        var standing = recall.Standing(corpus);
        if (standing.Reason.Length > 0) return new Neighbours([], standing.Reason);

        var whole = TimeSpan.FromMilliseconds(options.TimeoutMs);
        var budget = whole;
        if (query.Deadline is { } deadline && deadline - time.GetUtcNow() - Reserve is var left && left < budget) budget = left;
        if (budget <= TimeSpan.Zero) return new Neighbours([], DegradedReason.VectorsTimeout);

        var sequence = corpus.Row.Sequence;
        try
        {
            var vector = await EmbedAsync(generation, query, cancellationToken);
            if (vector.IsEmpty) return new Neighbours([]);
            if (query.Filter is { } filter) return await filtered.SearchAsync(corpus, generation, vector, count, filter, budget, cancellationToken);
            var search = vectors.SearchAsync(generation.Set, vector, count, cancellationToken);
            // A search that is left behind fails on its own later; nobody is to hear of it.
            _ = search.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            var found = await search.WaitAsync(budget, time, cancellationToken);
            recall.Offer(new RecallSample(corpus, generation, epoch, sequence, vector, found));
            return new Neighbours(found);
        }
        catch (TimeoutException)
        {
            // A caller in a hurry is no evidence against the index.
            if (budget == whole) link.ReportFailure(VectorFault.Timeout);
            return new Neighbours([], DegradedReason.VectorsTimeout);
        }
        catch (VectorIndexException exception)
        {
            if (exception.Fault != VectorFault.Refused) link.ReportFailure(exception.Fault);
            return new Neighbours([], DegradedReason.Of(exception.Fault));
        }
    }

    /// <summary>The query's vector: the caller's where it is of the version in use, else made here. Empty when the query has no known term.</summary>
    private static async ValueTask<ReadOnlyMemory<float>> EmbedAsync(Generation generation, SearchQuery query, CancellationToken cancellationToken)
    {
        var embedder = generation.Embedder;
        if (query.EmbeddingsVersion == embedder.Version && query.Vector.Length == embedder.Dimensions) return query.Vector;
        var vector = new float[embedder.Dimensions];
        await embedder.EmbedAsync([query.Text], vector, cancellationToken);
        return vector.AsSpan().ContainsAnyExcept(0f) ? vector : default;
    }
}
