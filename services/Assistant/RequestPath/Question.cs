using Slipway.Assistant.Search;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>What is asked, by whom, and how the answer is to be made.</summary>
internal sealed record Question
{
    public required string Tenant { get; init; }

    public required string RequestId { get; init; }

    /// <summary>The last user message.</summary>
    public required string Text { get; init; }

    /// <summary>Which of the tenant's documents may answer.</summary>
    public SearchScope Scope { get; init; } = SearchScope.Everything;

    /// <summary>Earlier turns, oldest first.</summary>
    public IReadOnlyList<ChatMessage> Conversation { get; init; } = [];

    /// <summary>The release that the edge chose, or null for the active one.</summary>
    public string? Release { get; init; }

    public Sampling Sampling { get; init; } = Sampling.Default;

    public CachePolicy Cache { get; init; } = CachePolicy.Use;

    /// <summary>Whether nobody waits for the answer: the stack asks itself.</summary>
    public bool Background { get; init; }
}

/// <summary>What the caller said about caching (<c>Cache-Control</c> of the request).</summary>
internal enum CachePolicy
{
    /// <summary>Look up and store.</summary>
    Use,

    /// <summary><c>no-cache</c>: make a fresh answer, and store it.</summary>
    Refresh,

    /// <summary><c>no-store</c>: neither.</summary>
    Bypass,
}

/// <summary>The caller's sampling parameters, in OpenAI's terms and ranges.</summary>
internal sealed record Sampling
{
    public static Sampling Default { get; } = new();

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? MaxOutputTokens { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    public double? FrequencyPenalty { get; init; }

    public double? PresencePenalty { get; init; }

    public string ResponseFormatJson { get; init; } = "";

    public string User { get; init; } = "";

    /// <summary>Whether nothing is set that changes an answer.</summary>
    public bool IsDefault =>
        Temperature is null && TopP is null && MaxOutputTokens is null && Seed is null && FrequencyPenalty is null && PresencePenalty is null
        && Stop.Count == 0 && ResponseFormatJson.Length == 0;

    public void ApplyTo(CompleteRequest request)
    {
        if (Temperature is { } temperature) request.Temperature = temperature;
        if (TopP is { } topP) request.TopP = topP;
        if (MaxOutputTokens is { } most) request.MaxOutputTokens = most;
        if (Seed is { } seed) request.Seed = seed;
        if (FrequencyPenalty is { } frequency) request.FrequencyPenalty = frequency;
        if (PresencePenalty is { } presence) request.PresencePenalty = presence;
        request.Stop.AddRange(Stop);
        request.ResponseFormatJson = ResponseFormatJson;
        request.User = User;
    }
}
