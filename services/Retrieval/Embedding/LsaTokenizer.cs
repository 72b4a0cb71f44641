using System.Collections.Frozen;
using System.Globalization;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// The terms of a text as the LSA embedder counts them: runs of letters and digits, lower case, common words dropped, endings
/// taken off. It belongs to the model's version: a change here must change <see cref="LsaModel.Algorithm"/>.
/// </summary>
internal static class LsaTokenizer
{
    /// <summary>Longer runs (hashes, base64) carry no meaning, in characters.</summary>
    private const int LongestTerm = 40;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> StopWords = FrozenSet.Create(
        StringComparer.Ordinal,
        "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "had",
        "has", "have", "he", "her", "his", "how", "if", "in", "into", "is", "it", "its", "may", "more", "most", "no", "nor", "not", "of", "on", "one", "only", "or", "other",
        "our", "over", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to",
        "under", "up", "us", "use", "was", "we", "were", "what", "when", "where", "which", "while", "who", "why", "will", "with", "would", "you", "your")
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Calls <paramref name="term"/> for each term, in order. The span is only good during the call.</summary>
    public static void Tokenize<TState>(ReadOnlySpan<char> text, TState state, TermAction<TState> term)
        where TState : allows ref struct
    {
        Span<char> buffer = stackalloc char[LongestTerm];
        var position = 0;
        while (position < text.Length)
        {
            if (!char.IsLetterOrDigit(text[position]))
            {
                position++;
                continue;
            }

            var start = position;
            while (position < text.Length && char.IsLetterOrDigit(text[position])) position++;
            var length = position - start;
            if (length is < 2 or > LongestTerm) continue;
            text.Slice(start, length).ToLower(buffer, CultureInfo.InvariantCulture);
            var word = buffer[..length];
            if (StopWords.Contains(word)) continue;
            term(word[..Stem(word)], state);
        }
    }

    /// <summary>
    /// The length of the stem, after Harman's S-stemmer ("How effective is suffixing?", JASIS 1991) with -ing and -ed taken off as well. Rewrites the end in place.
    /// Light on purpose: a heavier stemmer joins words (organ, organise) which the SVD then cannot part.
    /// </summary>
    internal static int Stem(Span<char> word)
    {
        var length = word.Length;
        if (length < 4) return length;
        if (word.EndsWith("ies") && length > 4 && !word.EndsWith("eies") && !word.EndsWith("aies"))
        {
            word[length - 3] = 'y';
            length -= 2;
        }
        else if (word.EndsWith("sses") || (word.EndsWith("es") && length > 4 && (word[length - 3] is 'x' or 'z' || word[..^2].EndsWith("ch") || word[..^2].EndsWith("sh"))))
        {
            length -= 2;
        }
        else if (word[length - 1] == 's' && word[length - 2] is not ('s' or 'u' or 'i'))
        {
            length--;
        }

        var stem = word[..length];
        if (stem.EndsWith("ing") && length > 5 && HasVowel(stem[..^3])) length = Undouble(word, length - 3);
        else if (stem.EndsWith("ed") && length > 4 && HasVowel(stem[..^2])) length = Undouble(word, length - 2);
        // cache, caching and cached meet at "cach".
        if (length > 4 && word[length - 1] == 'e') length--;
        return length;
    }

    private static int Undouble(ReadOnlySpan<char> word, int length) =>
        length > 3 && word[length - 1] == word[length - 2] && word[length - 1] is not ('l' or 's' or 'z' or 'e') ? length - 1 : length;

    private static bool HasVowel(ReadOnlySpan<char> stem) => stem.IndexOfAny("aeiouy") >= 0;
}

/// <summary>Takes one term.</summary>
internal delegate void TermAction<in TState>(ReadOnlySpan<char> term, TState state)
    where TState : allows ref struct;
