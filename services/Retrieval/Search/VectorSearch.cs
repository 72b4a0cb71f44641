using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Vectors;
using Slipway.ServiceDefaults.Tasks;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Retrieval.Search;

/// <summary>What the vector half of a search came to: neighbours, or the reason why there are none to be had.</summary>
internal readonly record struct Neighbours(IReadOnlyList<ScoredChunk> Chunks, string DegradedReason = "");

/// <summary>The vector half of a search: bounded in time, and never an error.</summary>
internal sealed class VectorSearch(
    IVectorIndex vectors, VectorLink link, VectorOptions options, EmbeddingOptions embedding, RecallMonitor recall, DualReader dual, ExactSearch exact, FilteredNeighbours filtered, TimeProvider time)
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
            if (await EmbedAsync(generation, query, cancellationToken) is not { } wanted) return new Neighbours([], DegradedReason.EmbedderUnavailable);
            return new Neighbours(wanted.IsEmpty ? [] : exact.Nearest(corpus.Number, generation.Row.Number, wanted, count, query.Filter, cancellationToken));
        }

        var epoch = link.Epoch;
        var standing = recall.Standing(corpus);
        if (standing.Reason.Length > 0) return new Neighbours([], standing.Reason);
        if (query.Deadline is { } soon && Left(soon) <= TimeSpan.Zero) return new Neighbours([], DegradedReason.VectorsTimeout);

        if (await EmbedAsync(generation, query, cancellationToken) is not { } vector) return new Neighbours([], DegradedReason.EmbedderUnavailable);
        if (vector.IsEmpty) return new Neighbours([]);
        var whole = TimeSpan.FromMilliseconds(options.TimeoutMs);
        var budget = whole;
        if (query.Deadline is { } deadline && Left(deadline) is var left && left < budget) budget = left;
        if (budget <= TimeSpan.Zero) return new Neighbours([], DegradedReason.VectorsTimeout);

        var sequence = corpus.Row.Sequence;
        try
        {
            if (query.Filter is { } filter) return await filtered.SearchAsync(corpus, generation, vector, count, filter, budget, cancellationToken);
            var search = vectors.SearchAsync(generation.Set, vector, count, cancellationToken);
            // The wait for it may end before it does.
            search.LeaveBehind();
            var found = await search.WaitAsync(budget, time, cancellationToken);
            dual.Offer(corpus, generation, query.Text, found);
            link.ReportSuccess();
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

    private TimeSpan Left(DateTimeOffset deadline) => deadline - time.GetUtcNow() - Reserve;

    /// <summary>The query's vector: the caller's where it is of the version in use, else made here. Empty when the query has no known term; null when the embedder fails or is late.</summary>
    private async ValueTask<ReadOnlyMemory<float>?> EmbedAsync(Generation generation, SearchQuery query, CancellationToken cancellationToken)
    {
        var embedder = generation.Embedder;
        if (query.EmbeddingsVersion == embedder.Version && query.Vector.Length == embedder.Dimensions) return query.Vector;
        var budget = TimeSpan.FromMilliseconds(embedding.QueryTimeoutMs);
        if (query.Deadline is { } deadline && Left(deadline) is var left && left < budget) budget = left;
        if (budget <= TimeSpan.Zero) return null;
        var vector = new float[embedder.Dimensions];
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var made = embedder.EmbedAsync([query.Text], EmbeddingUse.Query, vector, late.Token);
            if (!made.IsCompletedSuccessfully)
            {
                var task = made.AsTask();
                // The wait for it may end before it does.
                task.LeaveBehind();
                await task.WaitAsync(budget, time, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is TimeoutException or EmbedderException)
        {
            await late.CancelAsync();
            return null;
        }

        return vector.AsSpan().ContainsAnyExcept(0f) ? vector : default(ReadOnlyMemory<float>);
    }
}
