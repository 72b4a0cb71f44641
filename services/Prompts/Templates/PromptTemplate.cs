using Fluid;

namespace Slipway.Prompts.Templates;

/// <summary>A version of a prompt, parsed and checked. It never changes; to change a prompt, a new version is added beside it.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Version">The file's name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Checksum">First 12 hex digits of the file's SHA-256.</param>
/// <param name="Inputs">What it may use.</param>
/// <param name="Parts">Its messages, in order.</param>
internal sealed record PromptTemplate(
    string Name, PromptVersion Version, string Description, string Owner, string Checksum, IReadOnlyList<PromptInput> Inputs, IReadOnlyList<PromptPart> Parts)
{
    /// <summary>The input of earlier turns, when the template has a place for them.</summary>
    public bool TakesConversation { get; } = Parts.Any(part => part is ThreadPart);

    /// <summary>Whether the template shows passages.</summary>
    public bool TakesPassages { get; } = Inputs.Any(input => input.Kind == InputKind.Array);
}

/// <summary>A part of a prompt's body.</summary>
internal abstract record PromptPart;

/// <summary>A message: what follows a role marker.</summary>
/// <param name="Role">system, developer, user or assistant.</param>
/// <param name="Body">The Liquid text.</param>
internal sealed record MessagePart(string Role, IFluidTemplate Body) : PromptPart;

/// <summary>The place where the conversation's earlier turns go, each as a message of its own.</summary>
internal sealed record ThreadPart : PromptPart;

/// <summary>An input that a template declares.</summary>
/// <param name="Name">Its name in the body.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Required">Whether rendering without it is an error.</param>
/// <param name="Default">Its value when the request has none; null: empty.</param>
internal sealed record PromptInput(string Name, InputKind Kind, bool Required, string? Default);

/// <summary>The kinds of inputs (Prompty v2's names).</summary>
internal enum InputKind
{
    /// <summary>A text: the question, or a variable of the request.</summary>
    String,

    /// <summary>The passages. Each has <c>n</c>, <c>title</c>, <c>section</c> and <c>text</c>.</summary>
    Array,

    /// <summary>The earlier turns. Its place in the body is a line of its own: <c>{{conversation}}</c>.</summary>
    Thread,
}
