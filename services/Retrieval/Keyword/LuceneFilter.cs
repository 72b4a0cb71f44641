using System.Security.Cryptography;
using System.Text;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Keyword;

/// <summary>Makes a Lucene filter of a metadata filter. It does not touch scores.</summary>
internal static class LuceneFilter
{
    /// <summary>A term of Lucene has at most 32,766 bytes; values of metadata have up to 4,096 characters. Longer ones than this are known by their hash.</summary>
    private const int LongestTerm = 1024;

    /// <summary>The filter.</summary>
    public static Filter From(MetadataFilter filter)
    {
        var all = new BooleanQuery(disableCoord: true);
        foreach (var condition in filter.All)
        {
            all.Add(condition switch
            {
                AnyOfCondition anyOf => AnyOf(anyOf),
                RangeCondition range => NumericRangeQuery.NewDoubleRange(
                    KeywordFields.MetadataNumber(range.Name), range.Lower + 0.0, range.Upper + 0.0, range.LowerIncluded, range.UpperIncluded),
                _ => throw new InvalidOperationException($"{condition.GetType().Name} has no Lucene filter."),
            }, Occur.MUST);
        }

        return new QueryWrapperFilter(all);
    }

    /// <summary>A value as the term that stands for it.</summary>
    public static string Term(string value) =>
        value.Length <= LongestTerm ? value : "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    private static BooleanQuery AnyOf(AnyOfCondition condition)
    {
        var any = new BooleanQuery();
        foreach (var value in condition.Values) any.Add(new TermQuery(new Term(KeywordFields.Metadata(condition.Name), Term(value))), Occur.SHOULD);
        return any;
    }
}
