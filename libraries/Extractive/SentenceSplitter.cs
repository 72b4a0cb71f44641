using System.Text.RegularExpressions;

namespace Slipway.Extractive;

/// <summary>One sentence that can be quoted by itself.</summary>
/// <param name="Text">The sentence, Markdown's links and emphasis taken off.</param>
/// <param name="IsCode">Whether it is a fenced code block, quoted as such.</param>
public readonly record struct Sentence(string Text, bool IsCode);

/// <summary>
/// Splits plain text and Markdown into sentences: headings and table rules are left out, list items and table rows are sentences of their own, a fenced
/// code block is one. Full stops after abbreviations, initials and inside numbers end nothing.
/// </summary>
public static partial class SentenceSplitter
{
    private const int LongestCode = 600;

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "e.g", "i.e", "etc", "cf", "vs", "al", "fig", "figs", "eq", "no", "nos", "approx", "dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr", "inc", "ltd", "co", "dept", "vol", "pp", "ca", "resp",
    };

    /// <summary>The sentences in order. Linear in the length of the text.</summary>
    public static IEnumerable<Sentence> Split(string text)
    {
        var paragraph = new List<string>();
        var code = new List<string>();
        string? fence = null;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd('\r', ' ', '\t');
            var trimmed = line.TrimStart();
            if (fence is not null)
            {
                if (trimmed.StartsWith(fence, StringComparison.Ordinal))
                {
                    if (CodeOf(code) is { } block) yield return block;
                    fence = null;
                }
                else
                {
                    code.Add(line);
                }

                continue;
            }

            if (trimmed.StartsWith("```", StringComparison.Ordinal) || trimmed.StartsWith("~~~", StringComparison.Ordinal))
            {
                foreach (var sentence in Flush(paragraph)) yield return sentence;
                fence = trimmed[..3];
                code.Clear();
            }
            else if (trimmed.Length == 0 || Heading().IsMatch(trimmed) || Rule().IsMatch(trimmed))
            {
                foreach (var sentence in Flush(paragraph)) yield return sentence;
            }
            else if (trimmed.StartsWith('|'))
            {
                foreach (var sentence in Flush(paragraph)) yield return sentence;
                var cells = trimmed.Trim('|').Split('|').Select(cell => Clean(cell.Trim())).Where(cell => cell.Length > 0);
                yield return new Sentence(string.Join(": ", cells), IsCode: false);
            }
            else if (ListItem().Match(trimmed) is { Success: true } item)
            {
                foreach (var sentence in Flush(paragraph)) yield return sentence;
                // An item that is nothing but a link leads to an answer, and is none.
                if (!LinkAlone().IsMatch(trimmed[item.Length..])) paragraph.Add(trimmed[item.Length..]);
            }
            else
            {
                paragraph.Add(trimmed.TrimStart('>').TrimStart());
            }
        }

        // A chunk may end inside a code block.
        if (fence is not null && CodeOf(code) is { } rest) yield return rest;
        foreach (var sentence in Flush(paragraph)) yield return sentence;
    }

    private static Sentence? CodeOf(List<string> lines)
    {
        var text = string.Join('\n', lines).Trim('\n');
        return text.Length is > 0 and <= LongestCode ? new Sentence(text, IsCode: true) : null;
    }

    private static IEnumerable<Sentence> Flush(List<string> paragraph)
    {
        if (paragraph.Count == 0) yield break;
        var text = Clean(string.Join(' ', paragraph));
        paragraph.Clear();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('.' or '!' or '?') || !EndsSentence(text, i)) continue;
            var end = i + 1;
            while (end < text.Length && text[end] is ')' or '"' or '\'' or '”' or '’' or ']' or '`') end++;
            var sentence = text[start..end].Trim();
            if (sentence.Length > 0) yield return new Sentence(sentence, IsCode: false);
            start = end;
            i = end - 1;
        }

        var last = text[start..].Trim();
        if (last.Length > 0) yield return new Sentence(last, IsCode: false);
    }

    private static bool EndsSentence(string text, int at)
    {
        var next = at + 1;
        while (next < text.Length && text[next] is ')' or '"' or '\'' or '”' or '’' or ']' or '`' or '.' or '!' or '?') next++;
        if (next >= text.Length) return true;
        if (!char.IsWhiteSpace(text[next])) return false;
        while (next < text.Length && char.IsWhiteSpace(text[next])) next++;
        if (next < text.Length && char.IsLower(text[next])) return false;
        if (text[at] != '.') return true;
        var start = at;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]) && text[start - 1] is not ('(' or '[')) start--;
        var word = text[start..at];
        return !(word.Length == 1 && char.IsUpper(word[0])) && !Abbreviations.Contains(word);
    }

    /// <summary>Takes links, images and emphasis off; code spans keep their backticks, which show that they are literal.</summary>
    private static string Clean(string text)
    {
        if (text.AsSpan().IndexOfAny('[', '*', '_') < 0) return text;
        text = Link().Replace(text, "$1");
        return Emphasis().Replace(text, "$2");
    }

    [GeneratedRegex(@"^#{1,6}\s", RegexOptions.CultureInvariant)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(?:[-*_]\s*){3,}$|^\|?\s*:?-{2,}[\s|:-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Rule();

    [GeneratedRegex(@"^(?:[-*+]|\d{1,3}[.)])\s+", RegexOptions.CultureInvariant)]
    private static partial Regex ListItem();

    [GeneratedRegex(@"!?\[([^\]\[]*)\]\([^)\s]*\)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();

    [GeneratedRegex(@"^\[[^\]\[]*\]\([^)\s]*\)$", RegexOptions.CultureInvariant)]
    private static partial Regex LinkAlone();

    [GeneratedRegex(@"(\*\*|__|(?<![\w*])\*(?=\S))([^*_]+?)\1", RegexOptions.CultureInvariant)]
    private static partial Regex Emphasis();
}
