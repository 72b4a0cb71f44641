using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Search;

/// <summary>
/// Answers searches.
/// <list type="number">
/// <item>The vector search is sent off; while it is under way, the keyword search runs here.</item>
/// <item>When vectors cannot be had in time, the keyword ranking answers alone, and the result says why; when keywords cannot be had, the vector ranking does.</item>
/// <item>The rankings are fused; the best chunks are read from the store. Chunks that are gone by then are passed over.</item>
/// </list>
/// </summary>
internal sealed class Searcher(CorpusRegistry corpora, DocumentStore store, VectorSearch vectorSearch, IFusionPolicy fusion, SearchOptions options)
{
    /// <summary>Searches.</summary>
    /// <exception cref="KeywordIndexException">Neither keywords nor vectors can be had.</exception>
    public async Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        using var span = RetrievalTelemetry.StartSearch(query);
        var started = RetrievalTelemetry.Now();
        var result = await FindAsync(query, cancellationToken);
        RetrievalTelemetry.Searched(span, result, started);
        return result;
    }

    private async Task<SearchResult> FindAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        if (corpora.Find(query.Tenant) is not { Row.Chunks: > 0 } corpus)
        {
            var version = store.VersionFor(corpora.Find(query.Tenant)?.Row.Sequence ?? 0);
            return new SearchResult([], query.Mode, "", version, "");
        }

        // Read before the search: a change that comes meanwhile makes the version too old, never too new.
        var corpusVersion = store.VersionFor(corpus.Row.Sequence);
        var embeddingsVersion = corpus.Generation?.Embedder.Version ?? "";
        var candidates = Math.Max(query.Limit, options.Candidates);
        var neighbours = query.Mode == RetrievalMode.Keyword ? null : vectorSearch.SearchAsync(corpus, query, candidates, cancellationToken);
        var keyword = query.Mode is RetrievalMode.Vector or RetrievalMode.Exact ? [] : await TrySearchKeywordAsync(corpus, query, candidates, cancellationToken);
        if (keyword is null)
        {
            var alone = await (neighbours ?? vectorSearch.SearchAsync(corpus, query, candidates, cancellationToken));
            if (alone.DegradedReason.Length > 0) throw new KeywordIndexException($"Neither keywords nor vectors can be had ({alone.DegradedReason}).");
            return new SearchResult(
                Read(corpus, ByVector(alone.Chunks), query.Limit), RetrievalMode.Vector, DegradedReason.KeywordUnavailable, corpusVersion, embeddingsVersion);
        }

        var found = neighbours is null ? new Neighbours([]) : await neighbours;
        var degraded = found.DegradedReason.Length > 0;
        // A vector search that cannot be had is answered from keywords too: a worse answer that says so is better than none.
        if (degraded && query.Mode is (RetrievalMode.Vector or RetrievalMode.Exact)) keyword = await SearchKeywordAsync(corpus, query, candidates, cancellationToken);
        var mode = degraded ? RetrievalMode.Keyword : query.Mode;
        IReadOnlyList<FusedChunk> fused = mode switch
        {
            RetrievalMode.Keyword => [.. keyword.Select(hit => new FusedChunk(hit.Chunk, hit.Score, hit.Score, 0))],
            RetrievalMode.Vector or RetrievalMode.Exact => ByVector(found.Chunks),
            _ => fusion.Fuse(keyword, found.Chunks),
        };
        return new SearchResult(Read(corpus, fused, query.Limit), mode, found.DegradedReason, corpusVersion, embeddingsVersion);
    }

    private static IReadOnlyList<FusedChunk> ByVector(IReadOnlyList<ScoredChunk> chunks) => [.. chunks.Select(hit => new FusedChunk(hit.Chunk, hit.Score, 0, hit.Score))];

    /// <summary>Null when the keyword index cannot be had; one that fails is repaired in the background.</summary>
    private static async ValueTask<IReadOnlyList<ScoredChunk>?> TrySearchKeywordAsync(Corpus corpus, SearchQuery query, int count, CancellationToken cancellationToken)
    {
        try
        {
            return await SearchKeywordAsync(corpus, query, count, cancellationToken);
        }
        catch (KeywordIndexException exception)
        {
            if (exception.IsLost) corpus.KeywordBroken = true;
            return null;
        }
    }

    private static async ValueTask<IReadOnlyList<ScoredChunk>> SearchKeywordAsync(Corpus corpus, SearchQuery query, int count, CancellationToken cancellationToken)
    {
        using var span = RetrievalTelemetry.Start("keyword");
        return await corpus.Keyword.SearchAsync(query.Text, count, query.Filter, cancellationToken);
    }

    private List<FoundPassage> Read(Corpus corpus, IReadOnlyList<FusedChunk> ranking, int limit)
    {
        var passages = new List<FoundPassage>(limit);
        for (var from = 0; from < ranking.Count && passages.Count < limit;)
        {
            var wanted = ranking.Skip(from).Take(limit - passages.Count).ToList();
            var rows = store.ReadPassages(corpus.Number, wanted.Select(chunk => chunk.Chunk));
            foreach (var chunk in wanted)
            {
                if (rows.TryGetValue(chunk.Chunk, out var row)) passages.Add(new FoundPassage(row, chunk));
            }

            from += wanted.Count;
        }

        return passages;
    }
}
