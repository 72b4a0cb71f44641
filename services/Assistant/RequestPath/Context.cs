using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>What the model is given: the passages that were found, and the prompt that was built from them.</summary>
/// <param name="Passages">All that retrieval returned, best first.</param>
/// <param name="Messages">The prompt; null when it could not be built.</param>
/// <param name="Cited">The passages in the order of their citation numbers: number n is <c>Cited[n - 1]</c>.</param>
/// <param name="PromptTokens">Tokens of the messages.</param>
internal sealed record Context(IReadOnlyList<Passage> Passages, IReadOnlyList<ChatMessage>? Messages, IReadOnlyList<Passage> Cited, int PromptTokens);
