using Slipway.Contracts;
using Slipway.Prompts.Templates;
using Slipway.Tokens;

namespace Slipway.Prompts.Rendering;

/// <summary>
/// Renders a template as a pure function of template and inputs, within a budget of tokens:
/// <list type="number">
/// <item>What must be there: the template's fixed parts with the question, and the conversation's last turn. If that is too long, the request is refused.</item>
/// <item>Earlier turns, newest first, as long as they take no more than half of what is left: without its subject a follow-up question cannot be answered at all.</item>
/// <item>Passages, best first, in all that is left. One that does not fit is skipped, whole: a cut passage could lose the sentence it was found for, and a smaller one after it may still fit.</item>
/// <item>The finished messages are counted. Texts joined can cost a token more than apart: while they exceed the budget, the last passage goes.</item>
/// </list>
/// </summary>
internal static class PromptRenderer
{
    /// <summary>Tokens that a passage may cost beyond its parts, where they are joined.</summary>
    private const int JoinTokens = 2;

    private static readonly PassageView Smallest = new(1, "a", "a", "a");

    /// <exception cref="PromptException">The inputs do not fit the template or the budget.</exception>
    public static RenderedPrompt Render(PromptTemplate template, RenderInputs inputs, TokenCounter counter)
    {
        Liquid.CheckVariables(template, inputs);
        var budget = inputs.MaxTokens;

        // 1. What must be there.
        var fixedParts = Assemble(template, Liquid.Fill(template, inputs, []), []);
        var left = budget - counter.Count(fixedParts, budget);
        var conversation = template.TakesConversation ? inputs.Conversation : [];
        var turns = new int[conversation.Count];
        if (turns.Length > 0 && left >= 0)
        {
            turns[^1] = Turn(conversation[^1], left);
            left -= turns[^1];
        }

        if (left < 0) throw new PromptException("context_length_exceeded", "messages", $"The question and what belongs to it need more than the {budget} tokens that the prompt may have.");

        // 2. Earlier turns.
        var firstTurn = Math.Max(0, turns.Length - 1);
        for (var room = left / 2; firstTurn > 0; firstTurn--)
        {
            var tokens = Turn(conversation[firstTurn - 1], room);
            if (tokens > room) break;
            room -= tokens;
            left -= tokens;
        }

        // A tool's answer without the call before it is refused by providers.
        while (firstTurn < turns.Length && conversation[firstTurn].Role == "tool") firstTurn++;
        var kept = conversation.Skip(firstTurn).Select(Encode).ToList();

        // 3. Passages.
        var included = template.TakesPassages ? Pack(template, inputs, counter, left) : [];

        // 4. The finished messages.
        while (true)
        {
            var views = included.Select((index, position) => PassageView.Of(inputs.Passages[index], position + 1)).ToList();
            var messages = Assemble(template, Liquid.Fill(template, inputs, views), kept);
            var tokens = counter.Count(messages, budget);
            if (tokens <= budget || included.Count == 0) return new RenderedPrompt(messages, included, tokens);
            included.RemoveAt(included.Count - 1);
        }

        int Turn(ChatMessage turn, int limit) => counter.Count(Encode(turn), limit);
    }

    private static List<int> Pack(PromptTemplate template, RenderInputs inputs, TokenCounter counter, int left)
    {
        var included = new List<int>();
        if (inputs.Passages.Count == 0) return included;
        var frame = FrameTokens(template, inputs, counter);
        for (var i = 0; i < inputs.Passages.Count; i++)
        {
            var view = PassageView.Of(inputs.Passages[i], i + 1);
            if (view.Text.Length == 0) continue;
            var tokens = frame + JoinTokens + counter.CountUpTo(view.Text, left) + counter.CountUpTo(view.Title, left) + counter.CountUpTo(view.Section, left);
            if (tokens > left) continue;
            left -= tokens;
            included.Add(i);
        }

        return included;
    }

    /// <summary>What the template writes around each passage.</summary>
    private static int FrameTokens(PromptTemplate template, RenderInputs inputs, TokenCounter counter)
    {
        var none = inputs with { Question = "a" };
        return Count([Smallest, Smallest]) - Count([Smallest]);

        int Count(PassageView[] passages) => Liquid.Fill(template, none, passages).Sum(message => counter.Count(message.Content));
    }

    private static List<ChatMessage> Assemble(PromptTemplate template, List<(string Role, string Content)> filled, IReadOnlyList<ChatMessage> conversation)
    {
        var messages = new List<ChatMessage>(filled.Count + conversation.Count);
        for (var i = 0; i < filled.Count; i++)
        {
            if (template.Parts[i] is ThreadPart) messages.AddRange(conversation);
            else if (filled[i].Content.Length > 0) messages.Add(new ChatMessage { Role = filled[i].Role, Content = filled[i].Content });
        }

        return messages;
    }

    private static ChatMessage Encode(ChatMessage turn)
    {
        var encoded = InputEncoding.Text(turn.Content);
        if (ReferenceEquals(encoded, turn.Content)) return turn;
        var copy = turn.Clone();
        copy.Content = encoded;
        return copy;
    }
}
