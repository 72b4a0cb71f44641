namespace Slipway.Assistant.Confidence;

/// <summary>Content words, folded so that "releases" and "release" meet: lower case, English stop words left out, the commonest endings cut.</summary>
internal static class Words
{
    private static readonly HashSet<string> Stop = new(StringComparer.Ordinal)
    {
        "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i",
        "if", "in", "into", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "she", "should", "so", "than", "that", "the", "their", "them", "then", "there",
        "these", "they", "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    };

    public static HashSet<string> Of(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                if (start < 0) start = i;
                continue;
            }

            if (start >= 0 && i - start >= 2)
            {
                var word = text[start..i].ToLowerInvariant();
                if (!Stop.Contains(word)) words.Add(Fold(word));
            }

            start = -1;
        }

        return words;
    }

    private static string Fold(string word)
    {
        foreach (var ending in (ReadOnlySpan<string>)["ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s"])
        {
            if (word.Length - ending.Length >= 3 && word.EndsWith(ending, StringComparison.Ordinal)) return End(word[..^ending.Length]);
        }

        return End(word);
    }

    /// <summary>"query" meets "queries", which has lost its i with the ending.</summary>
    private static string End(string word) => word.Length >= 5 && word[^1] == 'y' ? word[..^1] : word.TrimEnd('e');
}
