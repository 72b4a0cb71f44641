namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// Phrases that say the same, and the one that stands for them. "Could" and "should" are not "can", "may" is not "can", "how do you" is not "how do I": none of
/// these is here. The longest phrase that stands at a place is taken; what a phrase became is not looked at again.
/// </summary>
internal static class Phrases
{
    private static readonly Rule[] Rules =
    [
        .. Make("howto", "how do i", "how can i", "how to", "how do i go about", "what is the way to", "what do i need to do to", "what do i have to do to"),
        .. Make("can i", "is it possible to", "is it possible for me to", "am i able to", "is there a way to", "is there any way to", "is there a way for me to", "is there any way for me to", "is there a way i can",
            "is there any way i can", "would it be possible to"),
        .. Make("can not", "am unable to", "am not able to", "am not being able to"),
        .. Make("i want to", "i would like to", "i would love to", "i want to be able to"),
        .. Make("how long", "how much time"),
        .. Make("how much does", "what does"),
        .. Make("where can i find", "where do i find"),
        .. Make("need to", "have to"),
        .. Make("needs to", "has to"),
        .. Make("to", "in order to", "so as to"),
        .. Make("because of", "due to", "owing to"),
        .. Make("about", "regarding", "concerning", "with regard to", "with regards to"),
        .. Make("does not work", "is not working", "does not seem to work", "does not seem to be working", "is not functioning", "does not function"),
        .. Make("do not work", "are not working"),
        .. Make("mobile phone", "cell phone"),
        .. Make("atm", "cash machine", "cash point"),
        .. Make("topup", "top up"),
        .. Make("wifi", "wi fi"),
        .. Make("what is the difference between", "what are the differences between"),
        .. Make("reason for", "reason behind"),
    ];

    /// <summary>The first words of all phrases, so that most words cost one look.</summary>
    private static readonly ILookup<string, Rule> ByFirst = Rules.OrderByDescending(rule => rule.From.Length).ToLookup(rule => rule.From[0], StringComparer.Ordinal);

    internal static void Rewrite(List<QuestionWord> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            foreach (var rule in ByFirst[words[at].Text])
            {
                if (!Stands(words, at, rule.From) || !Follows(words, at, rule)) continue;
                words.RemoveRange(at, rule.From.Length);
                words.InsertRange(at, rule.To.Select(word => new QuestionWord(word)));
                at += rule.To.Length - 1;
                break;
            }
        }
    }

    /// <summary>Whether the words stand at this place, with no pause and no name among them.</summary>
    internal static bool Stands(List<QuestionWord> words, int at, string[] sequence)
    {
        if (at + sequence.Length > words.Count) return false;
        for (var i = 0; i < sequence.Length; i++)
        {
            if (words[at + i].Text != sequence[i] || words[at + i].Named || words[at + i].Pause && i < sequence.Length - 1) return false;
        }

        return true;
    }

    internal static string[][] Sequences(params string[] phrases) => [.. phrases.OrderByDescending(phrase => phrase.Length).Select(phrase => phrase.Split(' '))];

    /// <summary>"What does it cost" is "how much does it cost"; "what does it do" is nothing of the kind. "How much time do I have" is "how long do I have", and so before other auxiliaries.</summary>
    private static bool Follows(List<QuestionWord> words, int at, Rule rule)
    {
        if (rule.From is ["what", "does"]) return words[^1].Text == "cost";
        if (rule.From is ["how", "much", "time"]) return at + 3 < words.Count && words[at + 3].Text is "does" or "do" or "will" or "did";
        return true;
    }

    private static IEnumerable<Rule> Make(string to, params string[] from) => from.Where(phrase => phrase != to).Select(phrase => new Rule(phrase.Split(' '), to.Split(' ')));

    private sealed record Rule(string[] From, string[] To);
}
