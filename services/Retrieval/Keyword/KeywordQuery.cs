using Lucene.Net.Analysis;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Index;
using Lucene.Net.Search;

namespace Slipway.Retrieval.Keyword;

/// <summary>Makes a query of a text's words. There is no syntax: quotes, colons and AND are characters and words like any other.</summary>
internal static class KeywordQuery
{
    /// <summary>More distinct terms than this add time and no precision. Lucene's own limit is 1,024 clauses.</summary>
    private const int MostTerms = 256;

    /// <summary>The query, or null when the text has no term.</summary>
    public static Query? Build(string text, Analyzer analyzer, KeywordOptions options)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        using (var stream = analyzer.GetTokenStream(KeywordFields.Body, text))
        {
            var term = stream.GetAttribute<ICharTermAttribute>();
            stream.Reset();
            while (counts.Count < MostTerms && stream.IncrementToken())
            {
                var word = term.ToString()!;
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }

            stream.End();
        }

        if (counts.Count == 0) return null;
        var query = new BooleanQuery(disableCoord: true);
        foreach (var (word, count) in counts)
        {
            Add(query, KeywordFields.Body, word, count);
            if (options.TitleBoost > 0) Add(query, KeywordFields.Title, word, count * options.TitleBoost);
            if (options.HeadingBoost > 0) Add(query, KeywordFields.Heading, word, count * options.HeadingBoost);
        }

        return query;
    }

    private static void Add(BooleanQuery query, string field, string word, float boost) =>
        query.Add(new TermQuery(new Term(field, word)) { Boost = boost }, Occur.SHOULD);
}
