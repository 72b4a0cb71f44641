using Slipway.Contracts;

namespace Slipway.Prompts.Rendering;

/// <summary>All that a rendering depends on, besides the template.</summary>
/// <param name="Question">The question.</param>
/// <param name="Conversation">Earlier turns, oldest first.</param>
/// <param name="Passages">Best first.</param>
/// <param name="Variables">Further inputs.</param>
/// <param name="MaxTokens">The most tokens that the messages may have.</param>
internal sealed record RenderInputs(
    string Question, IReadOnlyList<ChatMessage> Conversation, IReadOnlyList<PromptPassage> Passages, IReadOnlyDictionary<string, string> Variables, int MaxTokens);

/// <summary>What a rendering gives.</summary>
/// <param name="Messages">The prompt.</param>
/// <param name="Included">Indexes of the passages that are in it: citation number n is <c>Included[n - 1]</c>.</param>
/// <param name="Tokens">Tokens of the messages.</param>
internal sealed record RenderedPrompt(IReadOnlyList<ChatMessage> Messages, IReadOnlyList<int> Included, int Tokens);

/// <summary>The inputs do not fit the template or the budget.</summary>
/// <param name="code">A stable code for the caller.</param>
/// <param name="param">The request field at fault.</param>
/// <param name="message">One sentence for the caller.</param>
internal sealed class PromptException(string code, string param, string message) : Exception(message)
{
    public string Code => code;

    public string Param => param;
}
