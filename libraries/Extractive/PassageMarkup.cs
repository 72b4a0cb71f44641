using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Slipway.Extractive;

/// <summary>
/// Reads passages out of a prompt's text, where they stand as
/// <c>&lt;passage n="1" title="…" section="…"&gt;</c>, the text, <c>&lt;/passage&gt;</c> (ai/prompts/answer).
/// </summary>
public static partial class PassageMarkup
{
    /// <summary>The passages in the order in which they stand.</summary>
    public static IReadOnlyList<ExtractivePassage> Read(string text)
    {
        var passages = new List<ExtractivePassage>();
        foreach (Match match in Block().Matches(text))
        {
            var attributes = match.Groups[1].Value;
            if (!int.TryParse(Attribute(attributes, "n"), CultureInfo.InvariantCulture, out var number) || number < 1) continue;
            passages.Add(new ExtractivePassage(number, Attribute(attributes, "title"), Attribute(attributes, "section"), Text(match.Groups[2].Value)));
        }

        return passages;
    }

    /// <summary>The text without its passages.</summary>
    public static string Remove(string text) => text.Contains("<passage", StringComparison.Ordinal) ? Block().Replace(text, "") : text;

    /// <summary>Prompts encode the angle bracket of what looks like a passage tag in a passage's own text; here it is text again.</summary>
    private static string Text(string encoded) => EncodedTag().Replace(encoded.Trim('\r', '\n'), "<$1");

    private static string Attribute(string attributes, string name)
    {
        foreach (Match match in Pair().Matches(attributes))
            if (match.Groups[1].ValueSpan.SequenceEqual(name)) return WebUtility.HtmlDecode(match.Groups[2].Value);
        return "";
    }

    [GeneratedRegex(@"<passage((?:\s+[a-z]+=""[^""]*"")*)\s*>(.*?)</passage>", RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    [GeneratedRegex(@"&lt;([\s/]{0,16}passage)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EncodedTag();

    [GeneratedRegex(@"([a-z]+)=""([^""]*)""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pair();
}
