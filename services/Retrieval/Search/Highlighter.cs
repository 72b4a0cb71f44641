using Lucene.Net.Analysis.TokenAttributes;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Search;

/// <summary>
/// Finds the words of a query in passages: those that the analysis of the keyword index takes for the same, so that "indexing" is found for "indexes". Whatever index found the passage.
/// </summary>
internal sealed class Highlighter
{
    private static readonly ChunkAnalyzer Analyzer = new();

    private readonly HashSet<string> _terms = new(StringComparer.Ordinal);

    /// <param name="query">The query.</param>
    public Highlighter(string query) => Read(query, (term, _, _) => _terms.Add(term));

    /// <summary>Where words of the query stand, in order, without overlaps; in UTF-16 units of the text, ends exclusive.</summary>
    public IReadOnlyList<(int Start, int End)> Find(string text)
    {
        var found = new List<(int Start, int End)>();
        Read(text, (term, start, end) =>
        {
            if (_terms.Contains(term)) found.Add((start, end));
        });
        // A name is analysed whole and in parts (slo.json, slo, json), which lie within each other.
        found.Sort((a, b) => a.Start.CompareTo(b.Start) is not 0 and var order ? order : b.End.CompareTo(a.End));
        var merged = new List<(int Start, int End)>(found.Count);
        foreach (var span in found)
        {
            if (merged.Count > 0 && span.Start < merged[^1].End) merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, span.End));
            else merged.Add(span);
        }

        return merged;
    }

    private static void Read(string text, Action<string, int, int> take)
    {
        using var stream = Analyzer.GetTokenStream(KeywordFields.Body, text);
        var term = stream.GetAttribute<ICharTermAttribute>();
        var offset = stream.GetAttribute<IOffsetAttribute>();
        stream.Reset();
        while (stream.IncrementToken()) take(term.ToString()!, offset.StartOffset, offset.EndOffset);
        stream.End();
    }
}
