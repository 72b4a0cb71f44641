using System.Collections.Frozen;

namespace Slipway.Cache.Intents.Gate;

/// <summary>A word of a question.</summary>
/// <param name="Text">In lower case, unless its capitals may mean something.</param>
/// <param name="Named">Whether it has a capital although it begins no sentence: it may be a name.</param>
/// <param name="Pause">Whether a comma, or the end of a sentence, follows it.</param>
/// <param name="Article">Whether an article was taken away before it.</param>
internal readonly record struct QuestionWord(string Text, bool Named = false, bool Pause = false, bool Article = false);

/// <summary>
/// Splits a question at its blanks. Marks that end a clause go where they touch a word; marks within a word stay ("1.5", "A/B", "C#"), as do those that stand alone
/// ("5!", "?" in "the operator ?"). Hyphens between parts of two letters or more become blanks, and contractions are written out.
/// </summary>
internal static class QuestionWords
{
    private static readonly FrozenDictionary<string, string[]> Contractions = Build(
        "can't:can not", "cannot:can not", "cant:can not", "won't:will not", "wont:will not", "shan't:shall not", "dont:do not", "doesnt:does not", "didnt:did not", "isnt:is not", "arent:are not",
        "wasnt:was not", "werent:were not", "havent:have not", "hasnt:has not", "hadnt:had not", "couldnt:could not", "wouldnt:would not", "shouldnt:should not", "i'm:i am", "im:i am", "ive:i have",
        "youre:you are", "theyre:they are", "whats:what is", "what's:what is", "wheres:where is", "where's:where is", "when's:when is", "who's:who is", "whos:who is", "how's:how is", "hows:how is",
        "why's:why is", "that's:that is", "thats:that is", "it's:it is", "there's:there is", "here's:here is", "gonna:going to", "wanna:want to", "gotta:have to");

    /// <summary>Capitals that mean nothing else in small letters.</summary>
    private static readonly FrozenSet<string> Abbreviations =
        "OK ATM PIN IBAN USD EUR GBP CHF UK EU API URL PDF SMS FAQ VAT SWIFT SEPA CVV KYC SQL HTTP HTTPS JSON XML CSV YAML HTML CPU GPU VPN DNS SSO SSH TLS VISA AI ML LLM RAG RPM TPM".Split(' ')
            .ToFrozenSet(StringComparer.Ordinal);

    internal static List<QuestionWord> Of(string text)
    {
        List<QuestionWord> words = [];
        var startsSentence = true;
        foreach (var chunk in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var core = Trim(chunk, out var pause, out var ends);
            if (core.Length > 0) Add(words, core, startsSentence, pause || ends);
            startsSentence = ends || core.Length == 0 && startsSentence;
        }

        return words;
    }

    private static ReadOnlySpan<char> Trim(ReadOnlySpan<char> chunk, out bool pause, out bool ends)
    {
        var core = chunk.TrimStart("([¿¡");
        pause = ends = false;
        if (core.IsEmpty) return chunk;
        while (core.Length > 1)
        {
            var last = core[^1];
            var before = core[^2];
            if (last is ',' or ';' || last == ':' && char.IsLetter(before)) pause = true;
            else if (last is '?' or '.' && (char.IsLetterOrDigit(before) || before is ')' or ']' or '%' or '?' or '!' or '.' or '\'')) ends = true;
            // After one letter or a digit it may be a factorial.
            else if (last == '!' && (before is '?' or '!' || core.Length > 2 && char.IsLetter(before) && char.IsLetter(core[^3]))) ends = true;
            else if (!(last == ')' && !core.Contains('(')) && !(last == ']' && !core.Contains('['))) break;
            core = core[..^1];
        }

        return core;
    }

    private static void Add(List<QuestionWord> words, ReadOnlySpan<char> core, bool startsSentence, bool pause)
    {
        var named = !startsSentence && char.IsUpper(core[0]) && core is not "I" && !core.StartsWith("I'");
        var text = Lower(core);
        if (Contractions.TryGetValue(text, out var written)) Append(words, written, named: false);
        else if (text.EndsWith("n't", StringComparison.Ordinal) && text.Length > 4) Append(words, [text[..^3], "not"], named: false);
        else if (Ending(text, "'re", "are", words) || Ending(text, "'ve", "have", words) || Ending(text, "'ll", "will", words))
        {
        }
        else if (SplitsAtHyphens(text)) Append(words, text.Split('-'), named);
        else words.Add(new QuestionWord(text, named));
        if (pause) words[^1] = words[^1] with { Pause = true };
    }

    private static void Append(List<QuestionWord> words, string[] parts, bool named)
    {
        foreach (var part in parts) words.Add(new QuestionWord(part, named));
    }

    private static bool Ending(string text, string ending, string word, List<QuestionWord> words)
    {
        if (!text.EndsWith(ending, StringComparison.Ordinal) || text.Length == ending.Length) return false;
        Append(words, [text[..^ending.Length], word], named: false);
        return true;
    }

    /// <summary>In small letters where only the first one is a capital, or where capitals are only how it is written.</summary>
    private static string Lower(ReadOnlySpan<char> core)
    {
        var text = core.ToString();
        if (Abbreviations.Contains(text)) return text.ToLowerInvariant();
        if (text is "I" or "A") return text.ToLowerInvariant();
        var rest = text.AsSpan(1);
        foreach (var c in rest)
        {
            if (char.IsUpper(c) || char.IsDigit(c) || char.IsSurrogate(c)) return text;
        }

        return rest.Length > 0 && (char.IsLower(rest[0]) || rest[0] == '\'' && text[0] == 'I') ? text.ToLowerInvariant() : text;
    }

    private static bool SplitsAtHyphens(string text)
    {
        if (!text.Contains('-')) return false;
        foreach (var part in text.Split('-'))
        {
            if (part.Length < 2 || !part.All(char.IsLower)) return false;
        }

        return true;
    }

    private static FrozenDictionary<string, string[]> Build(params string[] pairs) =>
        pairs.Select(pair => pair.Split(':')).ToFrozenDictionary(pair => pair[0], pair => pair[1].Split(' '), StringComparer.Ordinal);
}
