using System.Runtime.CompilerServices;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Slipway.Extractive;
using Slipway.Tokens;

namespace Slipway.ModelBroker.Providers.Extractive;

/// <summary>The built-in model: quotes the sentences of the prompt's passages that answer. No network, no weights, and the same answer each time.</summary>
internal sealed class ExtractiveChatCompletionService : IChatCompletionService
{
    /// <inheritdoc />
    public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?> { ["ModelId"] = "extractive" };

    /// <inheritdoc />
    public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default)
    {
        var (text, finishReason) = Answer(chatHistory, executionSettings);
        return Task.FromResult<IReadOnlyList<ChatMessageContent>>(
            [new ChatMessageContent(AuthorRole.Assistant, text, "extractive", metadata: new Dictionary<string, object?> { [ReplyReader.FinishReasonKey] = finishReason })]);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
        ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        var (text, finishReason) = Answer(chatHistory, executionSettings);
        for (var start = 0; start < text.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A sentence at a time: up to and with the citation behind it.
            var end = text.IndexOf("] ", start, StringComparison.Ordinal) is >= 0 and var citation ? citation + 2 : text.Length;
            yield return new StreamingChatMessageContent(AuthorRole.Assistant, text[start..end], modelId: "extractive");
            start = end;
        }

        yield return new StreamingChatMessageContent(AuthorRole.Assistant, null, modelId: "extractive", metadata: new Dictionary<string, object?> { [ReplyReader.FinishReasonKey] = finishReason });
    }

    private static (string Text, string FinishReason) Answer(ChatHistory history, PromptExecutionSettings? settings)
    {
        var text = ExtractiveChat.Answer([.. history.Select(message => new ExtractiveMessage(message.Role.Label, message.Content ?? ""))]).Text;
        if (settings is not OpenAIPromptExecutionSettings limits) return (text, "stop");
        foreach (var stop in limits.StopSequences ?? [])
        {
            var at = stop.Length > 0 ? text.IndexOf(stop, StringComparison.Ordinal) : -1;
            if (at >= 0) text = text[..at];
        }

        var most = limits.MaxTokens ?? (limits.ExtraBody?.TryGetValue("max_tokens", out var field) == true ? field as int? : null);
        if (most is not { } limit) return (text, "stop");
        var cut = TokenCounter.Get(TokenCounter.O200kBase).Cut(text, limit);
        return (cut, cut.Length < text.Length ? "length" : "stop");
    }
}
