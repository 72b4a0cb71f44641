using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>The least that the mean of a measure must reach, written <c>ndcg@10 &gt;= 0.66</c>.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Least">The least mean, 0 to 1; a mean that equals it passes.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="Least"/> is not from 0 to 1.</exception>
public sealed record Floor(Measure Measure, double Least)
{
    /// <summary>The least mean, 0 to 1.</summary>
    public double Least { get; } = Least is >= 0 and <= 1 ? Least : throw new ArgumentOutOfRangeException(nameof(Least), Least, "A floor is from 0 to 1.");

    /// <summary>Means are sums of many rounded numbers: one that is 0.66 but for this passes a floor of 0.66.</summary>
    public const double RoundingAllowance = 1e-12;

    /// <summary>
    /// Reads a floor: a name of <see cref="Slipway.Evaluation.Measure"/>, <c>&gt;=</c>, and a number from 0 to 1 in digits with a point (<c>0.66</c>, <c>1</c>), with spaces
    /// around the sign or without.
    /// </summary>
    /// <exception cref="FormatException">The text is no floor; the message says where.</exception>
    public static Floor Parse(string text) => TryParse(text, out var floor, out var problem) ? floor : throw new FormatException(problem);

    /// <summary>Reads several floors.</summary>
    /// <exception cref="FormatException">A text is no floor, or a measure has two; the message names all that is wrong.</exception>
    public static IReadOnlyList<Floor> ParseAll(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var floors = new List<Floor>();
        var problems = new List<string>();
        foreach (var text in texts)
        {
            if (!TryParse(text, out var floor, out var problem)) problems.Add(problem);
            else if (floors.Exists(f => f.Measure == floor.Measure)) problems.Add($"'{Quoted.Short(text)}': {floor.Measure} has a floor already.");
            else floors.Add(floor);
        }

        return problems.Count == 0 ? floors : throw new FormatException(string.Join('\n', problems));
    }

    /// <summary>Reads a floor as <see cref="Parse"/> does; false, and what is wrong, when it is none.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Floor? floor, [NotNullWhen(false)] out string? problem)
    {
        floor = null;
        problem = null;
        var sign = text?.IndexOf(">=", StringComparison.Ordinal) ?? -1;
        if (sign < 0)
        {
            problem = $"'{Quoted.Short(text)}' is no floor: it must read like 'ndcg@10 >= 0.66'.";
            return false;
        }

        var name = text![..sign].Trim(' ');
        var number = text[(sign + 2)..].Trim(' ');
        if (!Measure.TryParse(name, out var measure)) problem = $"'{Quoted.Short(text)}': '{Quoted.Short(name)}' is no measure.";
        else if (!TryParseLeast(number, out var least)) problem = $"'{Quoted.Short(text)}': '{Quoted.Short(number)}' is not a number from 0 to 1 such as 0.66.";
        else floor = new Floor(measure, least);
        return floor is not null;
    }

    /// <summary>The floor as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Measure} >= {Least}");

    internal bool IsReachedBy(double mean) => mean >= Least - RoundingAllowance;

    private static bool TryParseLeast(string number, out double least)
    {
        least = 0;
        return number.Length > 0 && char.IsAsciiDigit(number[0]) && char.IsAsciiDigit(number[^1])
            && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out least) && least is >= 0 and <= 1;
    }
}
