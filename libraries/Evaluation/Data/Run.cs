namespace Slipway.Evaluation;

/// <summary>
/// What a search system answered to a set of queries. Whatever order the entries come in, each query's documents are ranked as trec_eval ranks them:
/// by score descending, ties by document id descending (by code point).
/// </summary>
public sealed class Run
{
    /// <summary>The tag of a run that was given none.</summary>
    public const string DefaultTag = "slipway";

    private readonly Dictionary<string, ScoredDocument[]> _results = new(StringComparer.Ordinal);

    /// <summary>Ranks the entries.</summary>
    /// <param name="entries">The results, in any order. A query without an entry has no results.</param>
    /// <param name="tag">The name of the run; not empty.</param>
    /// <exception cref="ArgumentException">An id is empty, a score is not finite, or a document comes twice for a query.</exception>
    public Run(IEnumerable<RunEntry> entries, string tag = DefaultTag)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentException.ThrowIfNullOrEmpty(tag);
        Tag = tag;
        foreach (var (queryId, documents) in Group(entries))
        {
            var ranked = documents.ToArray();
            Array.Sort(ranked, RankOrder.Instance);
            ThrowIfRepeated(queryId, ranked);
            _results.Add(queryId, ranked);
            Count += ranked.Length;
        }

        QueryIds = [.. _results.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// A run of lists that are in order already, for systems whose scores do not say it (fusion, rerankers): each document's score is the number of those from it
    /// to the end of its list, so the order stays as it is.
    /// </summary>
    /// <param name="rankings">The document ids of each query, the best first.</param>
    /// <param name="tag">The name of the run; not empty.</param>
    /// <exception cref="ArgumentException">An id is empty, or a document comes twice for a query.</exception>
    public static Run FromRankings(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> rankings, string tag = DefaultTag)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        return new Run(rankings.SelectMany(r => r.Value.Select((id, i) => new RunEntry(r.Key, id, r.Value.Count - i))), tag);
    }

    /// <summary>The name of the run.</summary>
    public string Tag { get; }

    /// <summary>The number of results of all queries.</summary>
    public int Count { get; }

    /// <summary>The queries that have results, in ordinal order.</summary>
    public IReadOnlyList<string> QueryIds { get; }

    /// <summary>All results: queries in ordinal order, within each the best first.</summary>
    public IEnumerable<RunEntry> Entries =>
        QueryIds.SelectMany(id => _results[id].Select(d => new RunEntry(id, d.DocumentId, d.Score)));

    /// <summary>The results of a query, the best first; empty when it has none.</summary>
    public IReadOnlyList<ScoredDocument> Ranked(string queryId) => _results.GetValueOrDefault(queryId, []);

    private static Dictionary<string, List<ScoredDocument>> Group(IEnumerable<RunEntry> entries)
    {
        var groups = new Dictionary<string, List<ScoredDocument>>(StringComparer.Ordinal);
        foreach (var (queryId, documentId, score) in entries)
        {
            if (string.IsNullOrEmpty(queryId)) throw new ArgumentException("A result has no query id.", nameof(entries));
            if (string.IsNullOrEmpty(documentId)) throw new ArgumentException($"A result of query '{queryId}' has no document id.", nameof(entries));
            if (!double.IsFinite(score)) throw new ArgumentException($"The score of '{documentId}' for query '{queryId}' is not finite.", nameof(entries));
            if (!groups.TryGetValue(queryId, out var group)) groups.Add(queryId, group = []);
            group.Add(new ScoredDocument(documentId, score));
        }

        return groups;
    }

    private static void ThrowIfRepeated(string queryId, ScoredDocument[] ranked)
    {
        var seen = new HashSet<string>(ranked.Length, StringComparer.Ordinal);
        foreach (var document in ranked)
        {
            if (!seen.Add(document.DocumentId))
                throw new ArgumentException($"Document '{document.DocumentId}' comes twice for query '{queryId}'.", "entries");
        }
    }
}
