namespace Slipway.Extractive;

/// <summary>Words as the scoring sees them: lower case, English stop words left out, the commonest endings cut.</summary>
internal static class Terms
{
    private static readonly HashSet<string> Stop = new(StringComparer.Ordinal)
    {
        "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in",
        "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "she", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "us",
        "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    };

    /// <summary>Longest first: the first ending that fits is the one to cut.</summary>
    private static readonly string[] Endings = ["ization", "ations", "ation", "ments", "ment", "ings", "ing", "ied", "ies", "ers", "er", "ed", "es", "ly", "s"];

    /// <summary>The terms in order, repetitions included.</summary>
    public static List<string> Of(string text)
    {
        var terms = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                if (start < 0) start = i;
                continue;
            }

            if (start >= 0)
            {
                var word = text[start..i].ToLowerInvariant();
                if ((word.Length > 1 || char.IsDigit(word[0])) && !Stop.Contains(word)) terms.Add(Stem(word));
            }

            start = -1;
        }

        return terms;
    }

    private static string Stem(string word)
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
