using Slipway.Cache.Keys;

namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// A question in the words that matter, in this order:
/// <list type="number">
/// <item>words, of <see cref="QuestionWords"/>: contractions are written out;</item>
/// <item>greetings, thanks and politeness go, and what only announces a question ("can you tell me …"): <see cref="Politeness"/>;</item>
/// <item>phrases that say the same become one of them ("how do I", "how to"): <see cref="Phrases"/>;</item>
/// <item>words that say the same become one of them ("cancelled", "canceled"): <see cref="Synonyms"/>;</item>
/// <item>articles go where they decide nothing: <see cref="Articles"/>.</item>
/// </list>
/// Every other word stays, in its place.
/// </summary>
internal sealed class CanonicalQuestion
{
    /// <summary>A longer question is not compared: 512 UTF-16 units, 80 words.</summary>
    internal const int MaxLength = 512, MaxWords = 80;

    private static readonly CanonicalQuestion Incomparable = new([]);

    private CanonicalQuestion(IReadOnlyList<QuestionWord> words)
    {
        Words = words;
        Text = string.Join(' ', words.Select(word => word.Text));
    }

    /// <summary>The words; none when the question cannot be compared.</summary>
    internal IReadOnlyList<QuestionWord> Words { get; }

    /// <summary>The words with blanks between them.</summary>
    internal string Text { get; }

    internal static CanonicalQuestion Of(string question)
    {
        if (question.Length > MaxLength || QuestionText.IsVerbatim(question)) return Incomparable;
        var words = QuestionWords.Of(QuestionText.Fold(question));
        if (words.Count is 0 or > MaxWords) return Incomparable;
        Politeness.Strip(words);
        Phrases.Rewrite(words);
        Synonyms.Replace(words);
        Articles.Strip(words);
        return new CanonicalQuestion([.. words.Select(Written)]);
    }

    /// <summary>"No, refunds are possible" and "no refunds are possible": the pause after a negation counts, every other one does not.</summary>
    private static QuestionWord Written(QuestionWord word) => word is { Pause: true, Text: "no" or "not" or "never" } ? word with { Text = word.Text + "," } : word;
}
