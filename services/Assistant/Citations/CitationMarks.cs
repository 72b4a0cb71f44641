using System.Globalization;
using System.Text;

namespace Slipway.Assistant.Citations;

/// <summary>
/// Citation marks in text: <c>[1]</c>, <c>[^1]</c>, <c>[1, 2]</c> (written as <c>[1][2]</c>). What else stands in brackets (an array index, a checkbox, a year) is left alone.
/// </summary>
/// <param name="passages">Marks are 1 to this.</param>
internal sealed class CitationMarks(int passages)
{
    /// <summary>The longest mark, in characters between the brackets: a dozen numbers.</summary>
    public const int Longest = 64;

    private readonly SortedSet<int> _cited = [];

    /// <summary>The numbers of the marks that point at a passage, ascending.</summary>
    public IReadOnlyCollection<int> Cited => _cited;

    /// <summary>Whether a mark that is not closed yet can contain this character.</summary>
    public static bool IsPart(char character) => char.IsAsciiDigit(character) || character is '[' or ',' or '^' || char.IsWhiteSpace(character);

    /// <summary>The text without the marks that point at nothing.</summary>
    public string Check(string text)
    {
        var from = text.IndexOf('[');
        if (from < 0) return text;
        var result = new StringBuilder(text.Length);
        var copied = 0;
        for (int next; from >= 0; from = next < text.Length ? text.IndexOf('[', next) : -1)
        {
            next = from + 1;
            var close = text.AsSpan(next).IndexOfAny('[', ']');
            if (close < 0) break;
            close += next;
            // Of nested brackets the inner ones can be a mark: "[see [1]]".
            if (text[close] == '[' || ReadNumbers(text.AsSpan(next, close - next)) is not { } numbers) continue;
            next = close + 1;
            var good = numbers.Where(number => number >= 1 && number <= passages).ToArray();
            // "items[0]" is code, no mark.
            if (good.Length == 0 && from > 0 && (char.IsLetterOrDigit(text[from - 1]) || text[from - 1] == '_')) continue;
            result.Append(text, copied, from - copied);
            foreach (var number in good)
            {
                result.Append('[').Append(number).Append(']');
                _cited.Add(number);
            }

            // A mark that is dropped takes the space before it along.
            if (good.Length == 0 && result.Length > 0 && result[^1] == ' ') result.Length--;
            copied = next;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The numbers of <c>1</c>, <c>^1</c> or <c>1, 2</c>; null for anything else, which is then plain text.</summary>
    private static List<int>? ReadNumbers(ReadOnlySpan<char> inside)
    {
        if (inside.Length is 0 or > Longest) return null;
        var numbers = new List<int>();
        foreach (var range in inside.Split(','))
        {
            var part = inside[range].Trim().TrimStart('^');
            if (part.Length is 0 or > 3 || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            numbers.Add(number);
        }

        return numbers;
    }
}
