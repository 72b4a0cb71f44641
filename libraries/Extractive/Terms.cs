using System.Collections.Frozen;

namespace Slipway.Extractive;

/// <summary>
/// Words as the scoring sees them: lower case, English stop words left out, the commonest endings cut, numbered in the order in which they come. A number stands for
/// its word within one answer only.
/// </summary>
internal sealed class Terms
{
    private const int LongestWord = 64;

    private static readonly FrozenSet<string> Stop = FrozenSet.Create(
        StringComparer.Ordinal,
        "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in",
        "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "she", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "us",
        "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your");

    /// <summary>Words that shape a question more than they name its subject, as stems: they count, but little.</summary>
    private static readonly FrozenSet<string> Weak = FrozenSet.Create(
        StringComparer.Ordinal,
        "about", "all", "also", "best", "chang", "com", "describ", "explain", "find", "get", "giv", "go", "good", "happen", "know", "lik", "list", "long", "look", "mak", "many", "mean", "mor", "most", "much",
        "need", "new", "not", "one", "other", "see", "set", "show", "tak", "tell", "tim", "two", "use", "us", "using", "want", "way", "work");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> StopWords = Stop.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Longest first: the first ending that fits is the one to cut.</summary>
    private static readonly string[] Endings = ["ization", "ations", "ation", "ments", "ment", "ings", "ing", "ied", "ies", "ers", "er", "ed", "es", "ly", "s"];

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<bool> _weak = [];

    public Terms() => _lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a term says little about a question's subject.</summary>
    public bool IsWeak(int term) => _weak[term];

    /// <summary>The terms of a text in order, repetitions included.</summary>
    public List<int> Of(ReadOnlySpan<char> text)
    {
        var terms = new List<int>(text.Length / 8);
        Span<char> word = stackalloc char[LongestWord];
        var length = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                if (length < LongestWord) word[length++] = char.ToLowerInvariant(text[i]);
                continue;
            }

            if (length > 1 || (length == 1 && char.IsDigit(word[0])))
            {
                ReadOnlySpan<char> whole = word[..length];
                if (!StopWords.Contains(whole)) terms.Add(Number(Stem(whole)));
            }

            length = 0;
        }

        return terms;
    }

    private int Number(ReadOnlySpan<char> stem)
    {
        if (_lookup.TryGetValue(stem, out var number)) return number;
        number = _weak.Count;
        var word = stem.ToString();
        _numbers.Add(word, number);
        _weak.Add(Weak.Contains(word));
        return number;
    }

    /// <summary>The word without its ending: always a beginning of the word.</summary>
    internal static ReadOnlySpan<char> Stem(ReadOnlySpan<char> word)
    {
        foreach (var ending in Endings)
        {
            if (word.Length - ending.Length < 3 || !word.EndsWith(ending, StringComparison.Ordinal)) continue;
            if (ending == "s" && word[^2] is 's' or 'u' or 'i') return word;
            word = word[..^ending.Length];
            break;
        }

        // "cache", "caching" and "caches" meet at "cach"; "stopped" and "stop" at "stop"; "query" and "queries" at "quer".
        if (word.Length > 3 && word[^1] is 'e' or 'y' or 'i') return word[..^1];
        return word.Length > 4 && word[^1] == word[^2] && word[^1] is not ('l' or 's') ? word[..^1] : word;
    }
}
