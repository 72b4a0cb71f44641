using System.Buffers;
using System.Text;

namespace Slipway.Cache.Keys;

/// <summary>
/// Brings spellings of one question together, and nothing else: two questions that could have different answers never become one.
/// <list type="number">
/// <item>Full-width forms become plain ones, typographic apostrophes straight ones, every kind of space a blank. This is the part of Unicode's NFKC that
/// keeps the meaning; the whole of it makes <c>2⁵</c> into <c>25</c>.</item>
/// <item>A question that quotes (<c>"</c> or <c>`</c>) or has several lines may be about code or wording, where blanks and capitals matter: only its ends
/// are trimmed.</item>
/// <item>Runs of blanks become one.</item>
/// <item>Words that are capitalised only at their beginning are put into lower case. Others keep their capitals: <c>MW</c> and <c>mW</c>, <c>US</c> and
/// <c>us</c>, <c>C</c> and <c>c</c> are not the same. <c>I</c>, and an <c>A</c> at the very beginning, are.</item>
/// <item>The marks that end the sentence go, where they touch a word: <c>?</c> and <c>.</c> after a letter, a digit or a closing bracket, <c>!</c> only after a
/// word of two letters or more (<c>5!</c> and <c>n!</c> are factorials; in <c>what is the operator ?</c> the mark is what is asked for).</item>
/// </list>
/// </summary>
internal static class QuestionText
{
    private static readonly SearchValues<char> Verbatim = SearchValues.Create("\"`\n\r\u2028\u2029“”„«»");

    /// <summary>Whether the question quotes or has several lines.</summary>
    internal static bool IsVerbatim(string question) => question.AsSpan().ContainsAny(Verbatim);

    internal static string Normalise(string question)
    {
        if (IsPlain(question)) return question;
        var text = Fold(question).Trim();
        return text.AsSpan().ContainsAny(Verbatim) ? text : StripEnd(LowerWords(CollapseBlanks(text)));
    }

    /// <summary>The common case at no cost: lower-case ASCII words with single blanks between them.</summary>
    private static bool IsPlain(string text)
    {
        var afterBlank = true;
        foreach (var c in text)
        {
            if (c == ' ')
            {
                if (afterBlank) return false;
                afterBlank = true;
            }
            else if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '\'' or '-' or ',') afterBlank = false;
            else return false;
        }

        return !afterBlank;
    }

    internal static string Fold(string text)
    {
        var builder = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n') continue;
            builder.Append(c switch
            {
                '\u2019' or '\u02BC' or '\uFF07' => '\'',
                >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
                '\n' or '\u2028' or '\u2029' => c,
                '\r' => '\n',
                _ when char.IsWhiteSpace(c) => ' ',
                _ => c,
            });
        }

        return builder.ToString();
    }

    private static string CollapseBlanks(string text)
    {
        if (!text.Contains("  ", StringComparison.Ordinal)) return text;
        return string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string LowerWords(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        source.CopyTo(target);
        for (var start = 0; start < target.Length;)
        {
            var end = start;
            // A word with what hangs together with it: "don't", "5MW", "C#", "node.js".
            while (end < target.Length && target[end] != ' ') end++;
            if (IsTitle(target[start..end], first: start == 0)) target[start..end].ToString().AsSpan().ToLowerInvariant(target[start..end]);
            start = end + 1;
        }
    });

    /// <summary>Whether the only capital is the first letter, and lower case follows it.</summary>
    private static bool IsTitle(ReadOnlySpan<char> word, bool first)
    {
        var letter = 0;
        while (letter < word.Length && word[letter] is '(' or '[' or '\'' or '¿' or '¡') letter++;
        if (letter == word.Length || !char.IsUpper(word[letter])) return false;
        var rest = word[(letter + 1)..];
        foreach (var c in rest)
        {
            if (char.IsUpper(c) || char.IsDigit(c) || char.IsSurrogate(c)) return false;
        }

        return rest.Length > 0 && char.IsLower(rest[0]) || word[letter] == 'I' && (rest.Length == 0 || rest[0] is '\'' or ',') || word[letter] == 'A' && rest.Length == 0 && first;
    }

    private static string StripEnd(string text)
    {
        var end = text.Length;
        var exclaimed = false;
        while (end > 0 && text[end - 1] is '?' or '!' or '.')
        {
            exclaimed |= text[end - 1] == '!';
            end--;
        }

        if (end == 0 || end == text.Length) return text;
        var last = text[end - 1];
        var strip = exclaimed
            ? char.IsLetter(last) && end > 1 && char.IsLetter(text[end - 2])
            : char.IsLetterOrDigit(last) || last is ')' or ']' or '\'' or '%';
        return strip ? text[..end] : text;
    }
}
