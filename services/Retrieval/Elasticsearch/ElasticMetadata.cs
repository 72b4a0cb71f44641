using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>
/// Metadata in two fields of keywords, whatever their names are, so that no document can add to a mapping:
/// <list type="bullet">
/// <item><c>metadata</c> has <c>NAME=VALUE</c> for each value, with <c>=</c> and <c>\</c> of the name after a <c>\</c>; a long value is known by its hash, as in Lucene.</item>
/// <item><c>numbers</c> has <c>NAME=</c> and 16 hexadecimal digits for each value that is a number or a date: the bits of the double, turned so that they sort as the numbers do. A range of
/// numbers is a range of these terms.</item>
/// </list>
/// </summary>
internal static class ElasticMetadata
{
    public const string Values = "metadata";
    public const string Numbers = "numbers";

    private const ulong Sign = 0x8000_0000_0000_0000;

    /// <summary>What <see cref="Values"/> holds.</summary>
    public static string[] ValuesOf(IReadOnlyDictionary<string, IReadOnlyList<string>> metadata) =>
        [.. metadata.SelectMany(field => field.Value.Select(value => Term(field.Key, value))).Distinct(StringComparer.Ordinal)];

    /// <summary>What <see cref="Numbers"/> holds.</summary>
    public static string[] NumbersOf(IReadOnlyDictionary<string, IReadOnlyList<string>> metadata) =>
        [.. metadata.SelectMany(field => field.Value.Select(MetadataNumber.Of).OfType<double>().Select(number => NumberTerm(field.Key, number))).Distinct(StringComparer.Ordinal)];

    /// <summary>A filter's conditions as queries that must all match.</summary>
    public static object[] ToQueries(MetadataFilter filter) => [.. filter.All.Select(condition => condition switch
    {
        AnyOfCondition anyOf => (object)new { terms = new Dictionary<string, object> { [Values] = anyOf.Values.Select(value => Term(anyOf.Name, value)).ToArray() } },
        RangeCondition range => new { range = new Dictionary<string, object> { [Numbers] = Bounds(range) } },
        _ => throw new InvalidOperationException($"{condition.GetType().Name} has no Elasticsearch query."),
    })];

    /// <summary>16 digits that sort as the numbers do. Both zeros are one.</summary>
    public static string Sortable(double number)
    {
        var bits = (ulong)BitConverter.DoubleToInt64Bits(number + 0.0);
        return ((bits & Sign) != 0 ? ~bits : bits | Sign).ToString("x16", null);
    }

    private static Dictionary<string, string> Bounds(RangeCondition range) => new()
    {
        // An open end is that of the field's own terms: those of other names are no neighbours.
        [range is { Lower: not null, LowerIncluded: false } ? "gt" : "gte"] = range.Lower is { } lower ? NumberTerm(range.Name, lower) : Name(range.Name) + new string('0', 16),
        [range is { Upper: not null, UpperIncluded: false } ? "lt" : "lte"] = range.Upper is { } upper ? NumberTerm(range.Name, upper) : Name(range.Name) + new string('f', 16),
    };

    private static string Term(string name, string value) => Name(name) + LuceneFilter.Term(value);

    private static string NumberTerm(string name, double number) => Name(name) + Sortable(number);

    private static string Name(string name) => name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal) + "=";
}
