namespace Slipway.ProviderContract;

/// <summary>A provider's models as the checks ask them, whatever carries the calls.</summary>
public interface IContractTarget
{
    /// <summary>The chat model.</summary>
    string Model { get; }

    /// <summary>The model that embeds; null: the checks of vectors are skipped.</summary>
    string? EmbeddingModel { get; }

    /// <summary>The most tokens of a prompt and its answer; null: not known, and the check of it is skipped.</summary>
    int? ContextWindow { get; }

    /// <summary>Asks for a whole answer.</summary>
    /// <exception cref="ContractRefusalException">The call was refused, or failed.</exception>
    Task<ContractReply> ChatAsync(ContractChat chat, CancellationToken cancellationToken);

    /// <summary>Asks for a streamed answer; each piece of text is told as it comes.</summary>
    /// <exception cref="ContractRefusalException">The call was refused, or failed.</exception>
    Task<ContractReply> StreamAsync(ContractChat chat, Action<string> piece, CancellationToken cancellationToken);

    /// <summary>The vectors of texts, in their order.</summary>
    /// <exception cref="ContractRefusalException">The call was refused, or failed.</exception>
    Task<IReadOnlyList<IReadOnlyList<float>>> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken);

    /// <summary>The name of a model of the same provider that fails as asked (a fault of the model simulator), or null where no provider does so on demand.</summary>
    /// <param name="fault">The fault, as the simulator names it.</param>
    string? Failing(string fault) => null;

    /// <summary>Waits until the provider has seen its client leave; null where nobody can tell.</summary>
    Task? ProviderSawLeavingAsync(CancellationToken cancellationToken) => null;
}

/// <summary>A message of a chat.</summary>
/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">Its text.</param>
public sealed record ContractMessage(string Role, string Content)
{
    /// <summary>OpenAI's <c>tool_calls</c> of an assistant's message as JSON; null: none.</summary>
    public string? ToolCallsJson { get; init; }

    /// <summary>The call that a tool's message answers.</summary>
    public string? ToolCallId { get; init; }
}

/// <summary>A chat to ask. The JSON fields are OpenAI's.</summary>
public sealed record ContractChat
{
    /// <summary>A chat of one question.</summary>
    public ContractChat(string question) => Messages = [new ContractMessage("user", question)];

    /// <summary>The messages.</summary>
    public IReadOnlyList<ContractMessage> Messages { get; init; }

    /// <summary>Another model than the target's; null: the target's.</summary>
    public string? Model { get; init; }

    /// <summary>The most tokens of the answer; null: the provider's own limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The temperature; null: the provider's own.</summary>
    public double? Temperature { get; init; }

    /// <summary>The seed; null: none.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end the answer.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary><c>tools</c>; null: none.</summary>
    public string? ToolsJson { get; init; }

    /// <summary><c>tool_choice</c>; null: the provider's choice.</summary>
    public string? ToolChoiceJson { get; init; }

    /// <summary><c>response_format</c>; null: text.</summary>
    public string? ResponseFormatJson { get; init; }
}

/// <summary>An answer.</summary>
/// <param name="Text">Its text.</param>
/// <param name="FinishReason">stop, length, tool_calls or content_filter; null when it was not said.</param>
/// <param name="Model">The model that says it answered.</param>
/// <param name="Fingerprint">The backend that says it answered; empty when it does not say.</param>
/// <param name="PromptTokens">Tokens of the prompt; null when they were not reported.</param>
/// <param name="CompletionTokens">Tokens of the answer; null when they were not reported.</param>
/// <param name="ToolCalls">The calls of functions.</param>
public sealed record ContractReply(
    string Text, string? FinishReason, string Model, string Fingerprint, int? PromptTokens, int? CompletionTokens, IReadOnlyList<ContractToolCall> ToolCalls);

/// <summary>A call of a function.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">The JSON of its arguments.</param>
public sealed record ContractToolCall(string Id, string Name, string Arguments);

/// <summary>A call that was refused or failed.</summary>
/// <param name="code">The error's code.</param>
/// <param name="message">The error's message.</param>
/// <param name="retryAfter">How long to wait before another try, or null.</param>
public sealed class ContractRefusalException(string code, string message, TimeSpan? retryAfter = null) : Exception($"{code}: {message}")
{
    /// <summary>The error's code.</summary>
    public string Code { get; } = code;

    /// <summary>How long to wait before another try, or null.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
