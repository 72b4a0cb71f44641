using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Prompts.Templates;

/// <summary>
/// The version of a prompt: <c>1</c>, <c>1.2</c>, <c>1.2.3</c>, with a suffix such as <c>-beta</c> for what is not for everybody yet. Numbers are compared
/// as numbers, and a suffix comes before its release, as in semantic versioning.
/// </summary>
internal sealed partial record PromptVersion : IComparable<PromptVersion>
{
    private readonly int[] _numbers;

    private PromptVersion(string text, int[] numbers, string suffix)
    {
        Text = text;
        _numbers = numbers;
        Suffix = suffix;
    }

    /// <summary>As it is written.</summary>
    public string Text { get; }

    /// <summary>What follows the hyphen, or empty.</summary>
    public string Suffix { get; }

    /// <summary>Whether it can be chosen without being named.</summary>
    public bool Released => Suffix.Length == 0;

    public static PromptVersion? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success) return null;
        var numbers = new List<int>();
        foreach (var part in match.Groups["numbers"].Value.Split('.'))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            numbers.Add(number);
        }

        return new PromptVersion(text, [.. numbers], match.Groups["suffix"].Value);
    }

    public int CompareTo(PromptVersion? other)
    {
        if (other is null) return 1;
        for (var i = 0; i < Math.Max(_numbers.Length, other._numbers.Length); i++)
        {
            var order = _numbers.ElementAtOrDefault(i).CompareTo(other._numbers.ElementAtOrDefault(i));
            if (order != 0) return order;
        }

        return (Suffix.Length, other.Suffix.Length) switch
        {
            (0, 0) => 0,
            (0, _) => 1,
            (_, 0) => -1,
            _ => string.CompareOrdinal(Suffix, other.Suffix),
        };
    }

    public bool Equals(PromptVersion? other) => other?.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;

    [GeneratedRegex(@"^(?<numbers>\d{1,9}(\.\d{1,9}){0,2})(-(?<suffix>[0-9A-Za-z.-]{1,32}))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
