using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Reranking;

namespace Slipway.Retrieval.Search;

/// <summary>
/// Answers searches.
/// <list type="number">
/// <item>The vector search is sent off; while it is under way, the keyword search runs here.</item>
/// <item>When vectors cannot be had in time, the keyword ranking answers alone, and the result says why; when keywords cannot be had, the vector ranking does.</item>
/// <item>The rankings are fused; where it is wanted, a model ranks the best again; the best chunks are read from the store. Chunks that are gone by then are passed over.</item>
/// </list>
/// </summary>
internal sealed class Searcher(CorpusRegistry corpora, DocumentStore store, VectorSearch vectorSearch, IFusionPolicy fusion, FusionWeights weights, Reranker reranker)
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
        if (corpora.Find(query.Corpus) is not { Row.Chunks: > 0 } corpus)
        {
            var version = store.VersionFor(corpora.Find(query.Corpus)?.Row.Sequence ?? 0);
            return new SearchResult([], false, query.Mode, "", version, "");
        }

        // Read before the search: a change that comes meanwhile makes the version too old, never too new.
        var corpusVersion = store.VersionFor(corpus.Row.Sequence);
        var embeddingsVersion = corpus.Generation?.Embedder.Version ?? "";
        var neighbours = query.Mode == RetrievalMode.Keyword ? null : vectorSearch.SearchAsync(corpus, query, query.Window, cancellationToken);
        var keyword = query.Mode is RetrievalMode.Vector or RetrievalMode.Exact ? [] : await TrySearchKeywordAsync(corpus, query, cancellationToken);
        // What cannot be had by keyword is answered from vectors, asked for or not.
        if (keyword is null) neighbours ??= vectorSearch.SearchAsync(corpus, query, query.Window, cancellationToken);
        var found = neighbours is null ? new Neighbours([]) : await neighbours;
        var degraded = found.DegradedReason.Length > 0;
        if (keyword is null && degraded) throw new KeywordIndexException($"Neither keywords nor vectors can be had ({found.DegradedReason}).");
        // A vector search that cannot be had is answered from keywords too: a worse answer that says so is better than none.
        if (degraded && query.Mode is (RetrievalMode.Vector or RetrievalMode.Exact)) keyword = await SearchKeywordAsync(corpus, query, cancellationToken);
        var mode = keyword is null ? RetrievalMode.Vector : degraded ? RetrievalMode.Keyword : query.Mode;
        IReadOnlyList<FusedChunk> fused = mode switch
        {
            RetrievalMode.Keyword => [.. keyword!.Select(hit => new FusedChunk(hit.Chunk, hit.Score, hit.Score, 0))],
            RetrievalMode.Vector or RetrievalMode.Exact => [.. found.Chunks.Select(hit => new FusedChunk(hit.Chunk, hit.Score, 0, hit.Score))],
            _ => fusion.Fuse(keyword!, found.Chunks, weights.Of(corpus)),
        };
        // Whoever asks for one half wants to see that half.
        var reranked = query.Rerank && query.Mode == RetrievalMode.Hybrid ? await reranker.RerankAsync(corpus, query, fused, cancellationToken) : null;
        var passages = Read(corpus, query, reranked?.Chunks ?? fused, reranked?.Scores);
        var more = passages.Count > query.Limit;
        if (more) passages.RemoveAt(query.Limit);
        var reason = keyword is null ? DegradedReason.KeywordUnavailable : found.DegradedReason;
        return new SearchResult(passages, more, mode, reason, corpusVersion, embeddingsVersion, reranked?.Outcome ?? "", reranked?.CostUsd ?? 0);
    }

    /// <summary>Null when the keyword index cannot be had; one that is lost is built again in the background.</summary>
    private static async ValueTask<IReadOnlyList<ScoredChunk>?> TrySearchKeywordAsync(Corpus corpus, SearchQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await SearchKeywordAsync(corpus, query, cancellationToken);
        }
        catch (KeywordIndexException exception)
        {
            if (exception.IsLost) corpus.KeywordBroken = true;
            return null;
        }
    }

    private static async ValueTask<IReadOnlyList<ScoredChunk>> SearchKeywordAsync(Corpus corpus, SearchQuery query, CancellationToken cancellationToken)
    {
        using var span = RetrievalTelemetry.Start("keyword");
        return await corpus.Keyword.SearchAsync(query.Text, query.Window, query.Filter, cancellationToken);
    }

    /// <summary>The passages of the page, and one more where there is one.</summary>
    private List<FoundPassage> Read(Corpus corpus, SearchQuery query, IReadOnlyList<FusedChunk> ranking, IReadOnlyDictionary<long, double>? rerankScores)
    {
        var end = query.Limit + 1;
        var highlighter = query.Highlight ? new Highlighter(query.Text) : null;
        var passages = new List<FoundPassage>(end);
        for (var from = query.Offset; from < ranking.Count && passages.Count < end;)
        {
            var wanted = ranking.Skip(from).Take(end - passages.Count).ToList();
            Dictionary<long, PassageRow> rows;
            using (var read = RetrievalTelemetry.Start("SELECT passages"))
            {
                read?.SetTag("db.system.name", "sqlite").SetTag("db.operation.name", "SELECT");
                rows = store.ReadPassages(corpus.Number, wanted.Select(chunk => chunk.Chunk), query.IncludeMetadata);
            }

            foreach (var chunk in wanted)
            {
                if (rows.TryGetValue(chunk.Chunk, out var row)) passages.Add(new FoundPassage(row, chunk, rerankScores is not null && rerankScores.TryGetValue(chunk.Chunk, out var score) ? score : null, highlighter?.Find(row.Text) ?? []));
            }

            from += wanted.Count;
        }

        return passages;
    }
}
