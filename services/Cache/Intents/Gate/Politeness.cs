using System.Collections.Frozen;

namespace Slipway.Cache.Intents.Gate;

/// <summary>
/// Takes away what is said to be polite. "Please" goes wherever it stands; greetings at the beginning, thanks at the end; and an announcement ("could you tell me")
/// only before a word that asks, whose clause then takes the order of a question: "tell me where the office is" is "where is the office". "Isn't it" and "is it not" get one order too.
/// </summary>
internal static class Politeness
{
    private static readonly FrozenSet<string> Please = Set("please pls plz");
    private static readonly FrozenSet<string> QuestionStarts = Set("what when where why who whom whose which how");
    private static readonly FrozenSet<string> Auxiliaries = Set("is are was were can could do does did will would should must may might has have had am");
    private static readonly FrozenSet<string> Pronouns = Set("i you it we they he she there");

    /// <summary>Words after which a "so" or an "ok" at the beginning is only a start.</summary>
    private static readonly FrozenSet<string> AfterStart = Set("how what when where why who which can could do does did is are will i my");

    private static readonly string[][] Greetings = Phrases.Sequences("good morning", "good afternoon", "good evening", "hi there", "hello there", "hey there", "hi", "hello", "hey", "hiya", "excuse me");
    private static readonly string[][] Thanks = Phrases.Sequences("thank you very much", "thank you so much", "thank you in advance", "thanks in advance", "thanks a lot", "many thanks", "thank you", "thanks", "thx", "cheers");

    private static readonly string[][] Announcements = Phrases.Sequences(
        "can you tell me", "could you tell me", "would you tell me", "can someone tell me", "can anyone tell me", "can you explain to me", "could you explain to me", "can you explain", "could you explain",
        "can you let me know", "could you let me know", "can i ask", "may i ask", "could i ask", "do you know", "do you happen to know", "i want to know", "i would like to know", "i would love to know",
        "i need to know", "i was wondering", "i am wondering", "i wonder", "just wondering", "wondering", "tell me", "let me know", "explain to me", "explain");

    internal static void Strip(List<QuestionWord> words)
    {
        words.RemoveAll(word => Please.Contains(word.Text) && !word.Named);
        WriteOutWould(words);
        while (DropStart(words))
        {
        }

        MoveNot(words);
        foreach (var end in Thanks)
        {
            // Without a pause before it, it may be what is asked about: "how do I say thank you".
            if (words.Count <= end.Length || !words[^(end.Length + 1)].Pause || !Phrases.Stands(words, words.Count - end.Length, end)) continue;
            words.RemoveRange(words.Count - end.Length, end.Length);
            break;
        }
    }

    /// <summary>"I'd like" is "I would like"; before other words it may be "I had".</summary>
    private static void WriteOutWould(List<QuestionWord> words)
    {
        for (var i = 0; i + 1 < words.Count; i++)
        {
            if (words[i].Text is not ("i'd" or "we'd") || words[i + 1].Text is not ("like" or "love")) continue;
            words[i] = words[i] with { Text = words[i].Text[..^2] };
            words.Insert(i + 1, new QuestionWord("would"));
        }
    }

    private static bool DropStart(List<QuestionWord> words)
    {
        if (words.Count < 2) return false;
        if (words[0].Text is "so" or "ok" or "okay" or "um" or "uh" && AfterStart.Contains(words[1].Text))
        {
            words.RemoveAt(0);
            return true;
        }

        foreach (var greeting in Greetings)
        {
            if (words.Count <= greeting.Length || !Phrases.Stands(words, 0, greeting)) continue;
            // "Hello world" greets nobody.
            if (!words[greeting.Length - 1].Pause && !AfterStart.Contains(words[greeting.Length].Text)) continue;
            words.RemoveRange(0, greeting.Length);
            // "Hello, Can I pay": a sentence begins here.
            words[0] = words[0] with { Named = false };
            return true;
        }

        foreach (var announcement in Announcements)
        {
            if (words.Count <= announcement.Length + 1 || !Phrases.Stands(words, 0, announcement)) continue;
            if (AsksAgain(words, announcement.Length)) return true;
        }

        return false;
    }

    /// <summary>Turns the clause after an announcement of so many words into a question of its own; false when that cannot be done for sure.</summary>
    private static bool AsksAgain(List<QuestionWord> words, int announcement)
    {
        var first = words[announcement].Text;
        if (first is "if" or "whether")
        {
            // "if I can pay": only a pronoun shows where the subject ends.
            if (words.Count < announcement + 4 || !Pronouns.Contains(words[announcement + 1].Text) || !Auxiliaries.Contains(words[announcement + 2].Text)) return false;
            words.RemoveRange(0, announcement + 1);
            (words[0], words[1]) = (words[1], words[0]);
            return true;
        }

        if (!QuestionStarts.Contains(first)) return false;
        words.RemoveRange(0, announcement);
        var subject = SubjectAt(words, 1);
        if (subject > 0 && words.Count > subject + 2 && Auxiliaries.Contains(words[subject + 1].Text))
        {
            words.Insert(1, words[subject + 1]);
            words.RemoveAt(subject + 2);
        }
        else if (words.Count > 2 && words[^1].Text is "is" or "are" && words[0].Text is "what" or "where" or "who" && !words.Skip(1).SkipLast(1).Any(word => Auxiliaries.Contains(word.Text)))
        {
            words.Insert(1, words[^1]);
            words.RemoveAt(words.Count - 1);
        }

        return true;
    }

    /// <summary>"Isn't my card free" is "is my card not free", where it is sure which words the subject is.</summary>
    private static void MoveNot(List<QuestionWord> words)
    {
        var at = words.Count > 0 && QuestionStarts.Contains(words[0].Text) ? 1 : 0;
        if (words.Count < at + 4 || words[at + 1].Text != "not" || words[at + 1].Pause || !Auxiliaries.Contains(words[at].Text)) return;
        var subject = SubjectAt(words, at + 2);
        if (subject <= 0 || subject == words.Count - 1) return;
        words.Insert(subject + 1, words[at + 1]);
        words.RemoveAt(at + 1);
    }

    /// <summary>Where the subject that begins here ends, if that is sure: a pronoun, or a determiner and one word. Otherwise 0.</summary>
    private static int SubjectAt(List<QuestionWord> words, int at) =>
        at < words.Count && Pronouns.Contains(words[at].Text) ? at
        : at + 1 < words.Count && words[at].Text is "my" or "your" or "the" or "this" && !Auxiliaries.Contains(words[at + 1].Text) ? at + 1 : 0;

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
