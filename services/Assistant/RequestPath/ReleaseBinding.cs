using Slipway.Assistant.Configuration;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.RequestPath;

/// <summary>The release of one request, with its models looked up.</summary>
/// <param name="Release">The release.</param>
/// <param name="Models">The models to try, in order; empty when the catalog names none of them.</param>
internal sealed record ReleaseBinding(Release Release, IReadOnlyList<ModelInfo> Models)
{
    /// <summary>What a model keeps for its answer when the caller sets no limit, in tokens.</summary>
    private const int DefaultOutputTokens = 1024;

    /// <summary>The prompt's identity in cache keys and records.</summary>
    public string PromptVersion { get; } = Release.Prompt + "/" + (Release.PromptVersion.Length > 0 ? Release.PromptVersion : "newest");

    /// <summary>The first model's name, or <c>none</c>.</summary>
    public string ModelName => Models.Count > 0 ? Models[0].Name : "none";

    public string Tokenizer => Models.Count > 0 ? Models[0].Tokenizer : "";

    /// <summary>What the prompt may take: the smallest context window of the ladder, so that every rung can read it, less room for the answer.</summary>
    public int MaxPromptTokens(int? maxOutputTokens)
    {
        if (Models.Count == 0) return 8192;
        var window = Models.Min(model => model.ContextWindow);
        var answer = Math.Min(maxOutputTokens ?? DefaultOutputTokens, window / 2);
        return Math.Max(1, window - answer);
    }

    /// <exception cref="ApiException">No release was ever known: 503.</exception>
    public static ReleaseBinding For(Releases releases, ModelCatalog catalog, string? name)
    {
        var release = releases.Find(name) ?? throw new ApiException(new ApiError(
            503, "not_ready", "No release is known yet: the service has just started.", RetryAfter: TimeSpan.FromSeconds(1)));
        return catalog.Bind(release);
    }
}
