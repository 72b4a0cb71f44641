using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Search;
using Slipway.Contracts;

namespace Slipway.Assistant.OpenAi;

/// <summary>A request to <c>POST /v1/chat/completions</c>, checked.</summary>
internal sealed record ChatRequest
{
    public required string Model { get; init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public bool Stream { get; init; }

    /// <summary><c>stream_options.include_usage</c>.</summary>
    public bool IncludeUsage { get; init; }

    public Sampling Sampling { get; init; } = Sampling.Default;

    /// <summary><c>collection</c> and <c>filter</c>, which are Slipway's own, for the model <c>assistant</c>.</summary>
    public SearchScope Scope { get; init; } = SearchScope.Everything;

    /// <summary>The JSON of <c>tools</c>, or empty.</summary>
    public string ToolsJson { get; init; } = "";

    public string ToolChoiceJson { get; init; } = "";

    /// <summary>The JSON object of the fields that Slipway does not know, for the provider of a model that is called directly; or empty.</summary>
    public string ExtraJson { get; init; } = "";
}
