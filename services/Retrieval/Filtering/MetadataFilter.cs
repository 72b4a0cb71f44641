using System.Globalization;

namespace Slipway.Retrieval.Filtering;

/// <summary>Which documents a search may find: those whose metadata meet every condition.</summary>
/// <param name="All">The conditions, at least one.</param>
internal sealed record MetadataFilter(IReadOnlyList<MetadataCondition> All)
{
    /// <summary>Whether a document's metadata meet it: what every index must agree with.</summary>
    public bool Accepts(IReadOnlyDictionary<string, IReadOnlyList<string>> metadata) =>
        All.All(condition => metadata.TryGetValue(condition.Name, out var values) && values.Any(condition.Accepts));
}

/// <summary>A test of one field of the metadata. A field with several values meets it when one of them does; a document without the field never does.</summary>
/// <param name="Name">The field.</param>
internal abstract record MetadataCondition(string Name)
{
    /// <summary>Whether one value meets it.</summary>
    public abstract bool Accepts(string value);
}

/// <summary>The value is one of these, to the letter. One value alone is equality.</summary>
internal sealed record AnyOfCondition(string Name, IReadOnlyList<string> Values) : MetadataCondition(Name)
{
    /// <inheritdoc />
    public override bool Accepts(string value) => Values.Contains(value, StringComparer.Ordinal);
}

/// <summary>The value is a number, or a date, within bounds. Both bounds may be left out, but not both of them.</summary>
/// <param name="Name">The field.</param>
/// <param name="Lower">The lower bound, in the scale of <see cref="MetadataNumber"/>; null for none.</param>
/// <param name="LowerIncluded">Whether the bound itself is within.</param>
/// <param name="Upper">The upper bound; null for none.</param>
/// <param name="UpperIncluded">Whether the bound itself is within.</param>
internal sealed record RangeCondition(string Name, double? Lower, bool LowerIncluded, double? Upper, bool UpperIncluded) : MetadataCondition(Name)
{
    /// <inheritdoc />
    public override bool Accepts(string value) => MetadataNumber.Of(value) is { } number
        && (Lower is not { } lower || (LowerIncluded ? number >= lower : number > lower))
        && (Upper is not { } upper || (UpperIncluded ? number <= upper : number < upper));
}

/// <summary>How a value of metadata counts in a range.</summary>
internal static class MetadataNumber
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <summary>
    /// A finite decimal number as it is (<c>2024</c>, <c>-1.5e3</c>); an RFC 3339 date or time (<c>2024-05-01</c>, <c>2024-05-01T12:00:00Z</c>; UTC where it names no offset) as milliseconds
    /// since 1970; null for everything else. Both zeros are one: indexes that sort bits would put -0 below 0.
    /// </summary>
    public static double? Of(string value) =>
        double.TryParse(value, Decimal, CultureInfo.InvariantCulture, out var number) ? (double.IsFinite(number) ? number + 0.0 : null)
        : DateTimeOffset.TryParseExact(value, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? (date - DateTimeOffset.UnixEpoch).TotalMilliseconds
        : null;
}
