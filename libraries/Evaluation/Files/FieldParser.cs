using System.Globalization;
using System.Text;

namespace Slipway.Evaluation;

/// <summary>Lines of fields that name a query and a document, each pair once.</summary>
internal abstract class FieldParser<T>(string queryField, string documentField) : LineParser<T>
{
    private readonly Dictionary<(string, string), long> _pairs = [];
    // The same ids come again and again: one string for each.
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>The fields between spaces and tabs, however many; none when their number is wrong.</summary>
    protected string[] SplitAtSpaces(ReadOnlyMemory<byte> line, int count, string layout)
    {
        var fields = Encoding.UTF8.GetString(line.Span).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return Expect(fields, count, layout);
    }

    /// <summary>The fields between tabs; none when their number is wrong.</summary>
    protected string[] SplitAtTabs(ReadOnlyMemory<byte> line, int count, string layout) =>
        Expect(Encoding.UTF8.GetString(line.Span).Split('\t'), count, layout);

    protected (string QueryId, string DocumentId) Pair(string query, string document)
    {
        if (!CheckId(queryField, query) | !CheckId(documentField, document)) return (query, document);
        var pair = (Shared(query), Shared(document));
        if (!_pairs.TryAdd(pair, Number))
        {
            Problem(documentField, FormattableString.Invariant(
                $"'{Quoted.Short(document)}' comes twice for {queryField} '{Quoted.Short(query)}': line {_pairs[pair]} has it already"));
        }

        return pair;
    }

    protected int Integer(string field, string value)
    {
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            Problem(field, $"'{Quoted.Short(value)}' is not an integer");
        return number;
    }

    protected double Number64(string field, string value)
    {
        if (!double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number))
        {
            Problem(field, $"'{Quoted.Short(value)}' is not a finite number");
        }

        return number;
    }

    protected void Expect(string field, string value, params ReadOnlySpan<string> allowed)
    {
        if (!allowed.Contains(value)) Problem(field, $"'{Quoted.Short(value)}' is not {string.Join(" or ", allowed.ToArray())}");
    }

    private string[] Expect(string[] fields, int count, string layout)
    {
        if (fields.Length == count) return fields;
        Problem("line", FormattableString.Invariant($"has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}, not the {count} of '{layout}'"));
        return [];
    }

    private bool CheckId(string field, string id)
    {
        if (IdRules.Problem(id) is not { } problem) return true;
        Problem(field, problem);
        return false;
    }

    private string Shared(string id)
    {
        if (_ids.TryGetValue(id, out var known)) return known;
        _ids.Add(id);
        return id;
    }
}
