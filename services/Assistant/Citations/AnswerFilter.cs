using System.Globalization;
using System.Text;
using Slipway.Assistant.Redaction;

namespace Slipway.Assistant.Citations;

/// <summary>
/// The post stage on text that is still coming: drops citation marks that point at no passage, notes those that do, and redacts secrets.
/// Text is held back until the word that it belongs to is whole (and a mark closed), so that neither a mark nor a secret slips through in halves.
/// </summary>
/// <param name="passages">How many passages may be cited: marks are <c>[1]</c> to <c>[passages]</c>.</param>
internal sealed class AnswerFilter(int passages)
{
    /// <summary>A word longer than this is let go in pieces: it is no mark and no secret that a pattern knows.</summary>
    private const int LongestWord = 512;

    private readonly StringBuilder _held = new();
    private readonly SortedSet<int> _cited = [];

    /// <summary>The numbers seen so far, ascending.</summary>
    public IReadOnlyCollection<int> Cited => _cited;

    /// <summary>Takes more text, and returns what is certain now: perhaps nothing.</summary>
    public string Push(string text)
    {
        _held.Append(text);
        var certain = LastBoundary();
        if (certain == 0 && _held.Length > LongestWord) certain = _held.Length;
        return certain == 0 ? "" : Release(certain);
    }

    /// <summary>The rest, when no more comes.</summary>
    public string Flush() => _held.Length == 0 ? "" : Release(_held.Length);

    private int LastBoundary()
    {
        for (var i = _held.Length - 1; i >= 0; i--)
        {
            if (char.IsWhiteSpace(_held[i]))
            {
                // "[1, 2]" has a space inside: an open bracket close before the boundary may still become a mark.
                for (var open = i; open >= 0 && i - open < 12; open--)
                {
                    if (_held[open] == ']') break;
                    if (_held[open] == '[') return open;
                }

                return i + 1;
            }
        }

        return 0;
    }

    private string Release(int length)
    {
        var text = _held.ToString(0, length);
        _held.Remove(0, length);
        return Redactor.Redact(CheckMarks(text));
    }

    private string CheckMarks(string text)
    {
        var from = text.IndexOf('[');
        if (from < 0) return text;
        var result = new StringBuilder(text.Length);
        var copied = 0;
        while (from >= 0)
        {
            var close = text.IndexOf(']', from);
            if (close < 0) break;
            if (ReadNumbers(text.AsSpan(from + 1, close - from - 1)) is { } numbers)
            {
                result.Append(text, copied, from - copied);
                var good = numbers.Where(number => number >= 1 && number <= passages).ToArray();
                if (good.Length == 0 && from > 0 && char.IsLetterOrDigit(text[from - 1]))
                {
                    // "items[0]" is code, no mark.
                    result.Append(text, from, close + 1 - from);
                }

                foreach (var number in good)
                {
                    result.Append('[').Append(number).Append(']');
                    _cited.Add(number);
                }

                // A mark that is dropped takes the space before it along.
                if (good.Length == 0 && result.Length > 0 && result[^1] == ' ') result.Length--;
                copied = close + 1;
            }

            from = text.IndexOf('[', close);
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The numbers of <c>1</c>, <c>^1</c> or <c>1, 2</c>; null for anything else, which is then plain text (an array index, a checkbox, a year).</summary>
    private static List<int>? ReadNumbers(ReadOnlySpan<char> inside)
    {
        if (inside.Length is 0 or > 20) return null;
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
