using System.Text.RegularExpressions;

namespace Slipway.Extractive;

/// <summary>One sentence that can be quoted by itself.</summary>
/// <param name="Text">The sentence, Markdown's links and emphasis taken off.</param>
/// <param name="Kind">What it was in the text.</param>
public readonly record struct Sentence(string Text, SentenceKind Kind);

/// <summary>What a sentence was in its text.</summary>
public enum SentenceKind
{
    /// <summary>Running text.</summary>
    Text,

    /// <summary>An item of a list, or its first sentence.</summary>
    Item,

    /// <summary>A row of a table, its cells joined.</summary>
    Row,

    /// <summary>A fenced code block, whole.</summary>
    Code,
}

/// <summary>
/// Splits plain text and Markdown into sentences: headings and the heads of tables are left out, list items and table rows are sentences of their own, a fenced
/// code block is one. Full stops after abbreviations, initials and inside numbers end nothing.
/// </summary>
public static partial class SentenceSplitter
{
    private const int LongestCode = 600;

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "e.g", "i.e", "etc", "cf", "vs", "al", "fig", "figs", "eq", "nos", "approx", "dr", "mr", "mrs", "ms", "prof", "st", "jr", "sr", "inc", "ltd", "co", "dept", "vol", "pp", "ca", "resp",
    };

    /// <summary>The sentences in order. Linear in the length of the text.</summary>
    public static IEnumerable<Sentence> Split(string text)
    {
        var paragraph = new Paragraph();
        var code = new List<string>();
        string? fence = null, row = null;
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

            // The row above a table's rule is its head: it names the columns and says nothing.
            var isRule = Rule().IsMatch(trimmed);
            if (row is not null)
            {
                if (!isRule && row.Length > 0) yield return new Sentence(row, SentenceKind.Row);
                row = null;
            }

            var isItem = ListItem().Match(trimmed);
            var starts = isRule || isItem.Success || trimmed.Length == 0 || trimmed[0] == '|' || Heading().IsMatch(trimmed) || IsFence(trimmed);
            if (starts) foreach (var sentence in paragraph.Flush()) yield return sentence;
            if (IsFence(trimmed))
            {
                fence = trimmed[..3];
                code.Clear();
            }
            else if (isItem.Success && !isRule)
            {
                // An item that is nothing but a link leads to an answer, and is none.
                var item = trimmed[isItem.Length..];
                if (!LinkAlone().IsMatch(item)) paragraph.Start(item, SentenceKind.Item);
            }
            else if (trimmed.Length > 0 && trimmed[0] == '|' && !isRule)
            {
                row = string.Join(": ", trimmed.Trim('|').Split('|').Select(cell => Clean(cell.Trim())).Where(cell => cell.Length > 0));
            }
            else if (!starts)
            {
                paragraph.Add(trimmed.TrimStart('>').TrimStart());
            }
        }

        // A chunk may end inside a code block.
        if (fence is not null && CodeOf(code) is { } rest) yield return rest;
        if (row is { Length: > 0 }) yield return new Sentence(row, SentenceKind.Row);
        foreach (var sentence in paragraph.Flush()) yield return sentence;
    }

    private static bool IsFence(string line) => line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith("~~~", StringComparison.Ordinal);

    private static Sentence? CodeOf(List<string> lines)
    {
        var text = string.Join('\n', lines).Trim('\n');
        return text.Length is > 0 and <= LongestCode ? new Sentence(text, SentenceKind.Code) : null;
    }

    /// <summary>Lines that belong together, until something else begins.</summary>
    private sealed class Paragraph
    {
        private readonly List<string> _lines = [];
        private SentenceKind _kind;

        public void Start(string line, SentenceKind kind)
        {
            _lines.Add(line);
            _kind = kind;
        }

        public void Add(string line) => _lines.Add(line);

        public IEnumerable<Sentence> Flush()
        {
            if (_lines.Count == 0) yield break;
            var text = Clean(string.Join(' ', _lines));
            var kind = _kind;
            _lines.Clear();
            _kind = SentenceKind.Text;
            foreach (var range in Ranges(text))
            {
                var sentence = text[range].Trim();
                if (sentence.Length > 0) yield return new Sentence(sentence, kind);
                // What follows the first sentence of an item explains it.
                kind = SentenceKind.Text;
            }
        }
    }

    private static IEnumerable<Range> Ranges(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('.' or '!' or '?') || !EndsSentence(text, i)) continue;
            var end = i + 1;
            while (end < text.Length && text[end] is '.' or '!' or '?' or ')' or '"' or '\'' or '”' or '’' or ']' or '`') end++;
            yield return start..end;
            start = end;
            i = end - 1;
        }

        if (start < text.Length) yield return start..text.Length;
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
        if (word.Equals("no", StringComparison.OrdinalIgnoreCase)) return next >= text.Length || !char.IsDigit(text[next]);
        return !(word.Length == 1 && char.IsUpper(word[0])) && !Abbreviations.Contains(word);
    }

    /// <summary>
    /// Takes links, images and emphasis off; code spans keep their backticks, which show that they are literal. Marks of the text's own footnotes go too: in an
    /// answer they would be read as citations.
    /// </summary>
    private static string Clean(string text)
    {
        if (text.AsSpan().IndexOfAny('[', '*', '_') < 0) return text;
        text = Link().Replace(text, "$1");
        text = Footnote().Replace(text, "");
        return Emphasis().Replace(text, "$2");
    }

    [GeneratedRegex(@"(?:\s|(?<![\w`]))\[\^?\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\](?![(\w`])", RegexOptions.CultureInvariant)]
    private static partial Regex Footnote();

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

    [GeneratedRegex(@"(\*\*|__|(?<![\w*])\*(?=\S)|(?<![\w_])_(?=\S))([^*_]+?)\1(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex Emphasis();
}
