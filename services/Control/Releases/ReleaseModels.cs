using System.ComponentModel;
using Slipway.Contracts;
using Slipway.Control.Data;

namespace Slipway.Control.Releases;

/// <summary>How a release searches.</summary>
internal sealed record SearchModel
{
    [Description("hybrid (the default), keyword or vector.")]
    public string? Mode { get; init; }

    [Description("Passages per question: 1 to 100; 8 by default.")]
    public int? Limit { get; init; }
}

/// <summary>A release to make. It never changes afterwards.</summary>
internal sealed record CreateReleaseRequest
{
    [Description("1 to 64 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit.")]
    public string? Name { get; init; }

    [Description("The prompt's name: a folder of ai/prompts.")]
    public string? Prompt { get; init; }

    [Description("The prompt's version: a file of that folder.")]
    public string? PromptVersion { get; init; }

    [Description("1 to 8 models or aliases of the catalog, in the order in which they are tried.")]
    public IReadOnlyList<string>? Models { get; init; }

    public SearchModel? Search { get; init; }

    [Description("Answers below it ask for a review: 0 to 1; 0.35 by default.")]
    public double? ReviewBelowConfidence { get; init; }

    [Description("At most 1,000 characters.")]
    public string? Description { get; init; }
}

/// <summary>A release.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Active">Whether it is the one that answers.</param>
/// <param name="Prompt">The prompt's name.</param>
/// <param name="PromptVersion">The prompt's version.</param>
/// <param name="Models">In the order in which they are tried.</param>
/// <param name="Search">How it searches.</param>
/// <param name="ReviewBelowConfidence">Answers below it ask for a review.</param>
/// <param name="Description">What it is for.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record ReleaseResponse(
    string Name, bool Active, string Prompt, string PromptVersion, IReadOnlyList<string> Models, SearchModel Search, double ReviewBelowConfidence, string Description, DateTimeOffset CreatedAt)
{
    internal static ReleaseResponse From(Release release, string? active) => new(
        release.Name, release.Name == active, release.Prompt, release.PromptVersion, [.. release.Models],
        new SearchModel { Mode = release.Search?.Mode, Limit = release.Search?.Limit }, release.ReviewBelowConfidence, release.Description,
        DateTimeOffset.FromUnixTimeMilliseconds(release.CreatedUnixMs));
}

/// <summary>All releases.</summary>
/// <param name="Active">The name of the one that answers.</param>
/// <param name="Releases">Oldest first.</param>
internal sealed record ReleasesResponse(string Active, IReadOnlyList<ReleaseResponse> Releases);

/// <summary>Why a release is activated.</summary>
internal sealed record ActivateRequest
{
    [Description("1 to 1,000 characters; kept in the history.")]
    public string? Reason { get; init; }
}

/// <summary>One move of the pointer to the active release.</summary>
/// <param name="Release">The release that became active.</param>
/// <param name="Previous">The one before; null for the first.</param>
/// <param name="By">The tenant whose key did it.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
internal sealed record ActivationResponse(string Release, string? Previous, string By, string Reason, DateTimeOffset At)
{
    internal static ActivationResponse From(ActivationRow row) => new(
        row.Release, row.Previous.Length == 0 ? null : row.Previous, row.By, row.Reason, DateTimeOffset.FromUnixTimeMilliseconds(row.TimeUnixMs));
}

/// <summary>The activations.</summary>
/// <param name="Activations">Newest first.</param>
internal sealed record HistoryResponse(IReadOnlyList<ActivationResponse> Activations);
