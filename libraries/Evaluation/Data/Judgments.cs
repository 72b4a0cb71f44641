namespace Slipway.Evaluation;

/// <summary>The judgments of a test collection ("qrels"): which documents are relevant to which query, and how much.</summary>
public sealed class Judgments
{
    private static readonly Dictionary<string, int> None = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Dictionary<string, int>> _byQuery = new(StringComparer.Ordinal);

    /// <summary>Collects judgments.</summary>
    /// <param name="judgments">In any order.</param>
    /// <exception cref="ArgumentException">An id is empty, or a document is judged twice for a query.</exception>
    public Judgments(IEnumerable<Judgment> judgments)
    {
        ArgumentNullException.ThrowIfNull(judgments);
        foreach (var (queryId, documentId, relevance) in judgments)
        {
            if (string.IsNullOrEmpty(queryId)) throw new ArgumentException("A judgment has no query id.", nameof(judgments));
            if (string.IsNullOrEmpty(documentId)) throw new ArgumentException($"A judgment of query '{queryId}' has no document id.", nameof(judgments));
            if (!_byQuery.TryGetValue(queryId, out var judged)) _byQuery.Add(queryId, judged = new(StringComparer.Ordinal));
            if (!judged.TryAdd(documentId, relevance))
                throw new ArgumentException($"Document '{documentId}' is judged twice for query '{queryId}'.", nameof(judgments));
            Count++;
        }

        QueryIds = [.. _byQuery.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>The number of judged pairs of query and document.</summary>
    public int Count { get; }

    /// <summary>The judged queries, in ordinal order.</summary>
    public IReadOnlyList<string> QueryIds { get; }

    /// <summary>All judgments: queries in ordinal order, within each the documents in ordinal order.</summary>
    public IEnumerable<Judgment> Entries =>
        QueryIds.SelectMany(id => _byQuery[id].OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new Judgment(id, d.Key, d.Value)));

    /// <summary>The grades of a query's judged documents, as given; empty when the query is not judged.</summary>
    public IReadOnlyDictionary<string, int> Of(string queryId) => _byQuery.GetValueOrDefault(queryId, None);

    /// <summary>Whether a query is judged.</summary>
    public bool Contains(string queryId) => _byQuery.ContainsKey(queryId);
}
