namespace Slipway.ModelBroker.Drift;

/// <summary>How alike two texts are, by their words: the F1 of SQuAD's evaluation (Rajpurkar et al., 2016), without its list of articles.</summary>
internal static class Similarity
{
    /// <summary>0 (no word in common) to 1 (the same words, as often); two texts without words are alike.</summary>
    public static double Of(string a, string b)
    {
        var (left, right) = (Words(a), Words(b));
        if (left.Count == 0 && right.Count == 0) return 1;
        var common = left.Sum(word => Math.Min(word.Value, right.GetValueOrDefault(word.Key)));
        return 2.0 * common / (left.Values.Sum() + right.Values.Sum());
    }

    private static Dictionary<string, int> Words(string text)
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                if (start < 0) start = i;
                continue;
            }

            if (start < 0) continue;
            var word = text[start..i].ToLowerInvariant();
            words[word] = words.GetValueOrDefault(word) + 1;
            start = -1;
        }

        return words;
    }
}
