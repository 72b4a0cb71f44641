using System.Globalization;
using Slipway.Retrieval.Filtering;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>Metadata and filters drawn with a seed: names and values that look like each other, like syntax, like numbers and like dates, and some that are long.</summary>
internal sealed class DrawnMetadata(int seed)
{
    private static readonly string[] Names = ["year", "year=", "ye\\ar", "a.b", "a", "größe", "tag", "*", "m:year"];

    private static readonly string[] Values =
    [
        "2023", "2024", "2024.5", "-7", "-0", "0", "1e3", "1000", "2024-05-01", "2024-05-01T12:00:00Z", "2024-05-01T12:00:00+02:00", "red", "Red", "red ", "*", "year=2024", "", "NaN", "1e999",
        new('x', 1025), new string('x', 1024) + "y", "日本",
    ];

    private readonly Random _random = new(seed);

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Document() => Enumerable.Range(0, _random.Next(4))
        .Select(_ => Pick(Names)).Distinct()
        .ToDictionary(name => name, _ => (IReadOnlyList<string>)[.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Pick(Values))]);

    public MetadataFilter Filter() => new([.. Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Condition())]);

    private MetadataCondition Condition()
    {
        if (_random.Next(2) == 0) return new AnyOfCondition(Pick(Names), [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Pick(Values))]);
        var (a, b) = (Bound(), Bound());
        var open = _random.Next(3);
        return new RangeCondition(Pick(Names), open == 1 ? null : Math.Min(a, b), _random.Next(2) == 0, open == 2 ? null : Math.Max(a, b), _random.Next(2) == 0);
    }

    private double Bound()
    {
        while (true)
        {
            if (MetadataNumber.Of(Pick(Values)) is { } number) return number + _random.Next(-1, 2);
        }
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];

    public override string ToString() => seed.ToString(CultureInfo.InvariantCulture);
}
