using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Search;

/// <summary>
/// The vector half of a search among documents that pass a filter.
/// <list type="number">
/// <item>An index that filters by itself is asked.</item>
/// <item>When few chunks pass, all of them are compared with the query: that misses none.</item>
/// <item>Else the index is asked for more than is wanted, four times as much in each round, and what does not pass is left out.</item>
/// <item>When even <see cref="MostAsked"/> neighbours, or all that the index has, hold too few that pass, all that pass are compared with the query after all.</item>
/// </list>
/// </summary>
internal sealed class FilteredNeighbours(IVectorIndex vectors, DocumentStore store, ExactSearch exact, SearchOptions options, TimeProvider time)
{
    private const int Growth = 4;

    /// <summary>Neighbours that are asked of the index at most.</summary>
    private const int MostAsked = 2000;

    /// <summary>Searches, within a time limit: a filter that would take longer is answered from keywords.</summary>
    /// <exception cref="VectorIndexException">The index failed.</exception>
    public async Task<Neighbours> SearchAsync(
        Corpus corpus, Generation generation, ReadOnlyMemory<float> query, int count, MetadataFilter filter, TimeSpan budget, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(budget, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            // The store is read on another thread: the keyword search goes on here meanwhile.
            return new Neighbours(await Task.Run(() => FindAsync(corpus, generation, query, count, filter, stop.Token), stop.Token).WaitAsync(stop.Token));
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new Neighbours([], DegradedReason.VectorsTimeout);
        }
    }

    private async Task<IReadOnlyList<ScoredChunk>> FindAsync(
        Corpus corpus, Generation generation, ReadOnlyMemory<float> query, int count, MetadataFilter filter, CancellationToken cancellationToken)
    {
        if (vectors is IFilteredVectorIndex able) return await able.SearchAsync(generation.Set, query, count, filter, cancellationToken);
        if (store.CountMatching(corpus.Number, filter, options.ExactFilterChunks + 1L) <= options.ExactFilterChunks) return Exactly();
        for (var asked = Math.Min(count * Growth, MostAsked); ; asked = Math.Min(asked * Growth, MostAsked))
        {
            var near = await vectors.SearchAsync(generation.Set, query, asked, cancellationToken);
            var passing = store.FilterChunks(corpus.Number, filter, [.. near.Select(hit => hit.Chunk)]);
            if (passing.Count >= count) return [.. near.Where(hit => passing.Contains(hit.Chunk)).Take(count)];
            if (near.Count < asked || asked == MostAsked) return Exactly();
        }

        IReadOnlyList<ScoredChunk> Exactly() => exact.Nearest(corpus.Number, generation.Row.Number, query, count, filter, cancellationToken);
    }
}
