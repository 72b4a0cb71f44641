namespace Slipway.Extractive;

/// <summary>A message of a chat.</summary>
/// <param name="Role">system, developer, user, assistant or tool.</param>
/// <param name="Text">What it says.</param>
public readonly record struct ExtractiveMessage(string Role, string Text);

/// <summary>
/// Answers a chat as a model would: the question is the last user message, the material the passages of the messages (<see cref="PassageMarkup"/>). In a chat
/// without passages the other text that the user gave is the material, quoted without citations.
/// </summary>
public static class ExtractiveChat
{
    /// <summary>What is answered when there is nothing to quote from.</summary>
    public const string OnlyQuotes = "This model only quotes from passages that come with the question, and there are none.";

    /// <summary>A question longer than this, in characters, brings its material along: its last paragraph is the question.</summary>
    private const int LongestQuestion = 400;

    /// <summary>Answers.</summary>
    /// <param name="messages">The chat, oldest first.</param>
    public static ExtractiveAnswer Answer(IReadOnlyList<ExtractiveMessage> messages)
    {
        var last = messages.Count - 1;
        while (last >= 0 && messages[last].Role != "user") last--;
        if (last < 0) return new ExtractiveAnswer(OnlyQuotes, []);

        var passages = new List<ExtractivePassage>();
        foreach (var message in messages)
            if (message.Role is not "assistant") passages.AddRange(PassageMarkup.Read(message.Text));
        var (question, material) = SplitQuestion(PassageMarkup.Remove(messages[last].Text));
        if (passages.Count > 0) return ExtractiveAnswerer.Answer(question, passages);

        // No passages: what the user said before, the results of tools, and what comes with the question.
        var texts = messages.Take(last).Where(message => message.Role is "user" or "tool").Select(message => message.Text).Append(material).Where(text => text.Length > 0);
        var own = texts.Select(text => new ExtractivePassage(0, "", "", text)).ToList();
        if (own.Count == 0) return new ExtractiveAnswer(OnlyQuotes, []);
        return ExtractiveAnswerer.Answer(question, own);
    }

    private static (string Question, string Material) SplitQuestion(string text)
    {
        text = text.Trim();
        if (text.Length <= LongestQuestion && !text.Contains("\n\n", StringComparison.Ordinal)) return (text, "");
        var break1 = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (break1 >= 0 && text.Length - break1 <= LongestQuestion) return (text[break1..].Trim(), text[..break1].Trim());
        var line = text.LastIndexOf('\n');
        if (line >= 0 && text.Length - line <= LongestQuestion) return (text[line..].Trim(), text[..line].Trim());
        return (text, "");
    }
}
