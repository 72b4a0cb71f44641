using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;

namespace Slipway.Control.Releases;

/// <summary><c>/admin/releases</c>.</summary>
internal static class ReleasesApi
{
    private static readonly string[] SearchModes = ["hybrid", "keyword", "vector"];

    internal static RouteGroupBuilder MapReleasesApi(this RouteGroupBuilder admin)
    {
        var releases = admin.MapGroup("/releases").WithTags("Releases");
        releases.MapGet("/", List).WithName("ListReleases").WithSummary("All releases, and which one answers.");
        releases.MapPost("/", Create).WithName("CreateRelease").WithSummary("Makes a release. It never changes, and answers once it is activated.").ProducesErrors(400, 409);
        releases.MapGet("/history", History).WithName("ListActivations").WithSummary("Which release was activated when, by whom and why; newest first.").ProducesErrors(400);
        releases.MapGet("/{name}", Get).WithName("GetRelease").WithSummary("One release.").ProducesErrors(404);
        releases.MapPost("/{name}/activate", Activate).WithName("ActivateRelease")
            .WithSummary("Makes a release the one that answers. Rolling back is activating an earlier one.").ProducesErrors(400, 404);
        return admin;
    }

    private static Ok<ReleasesResponse> List(ReleaseStore store)
    {
        var set = store.Set.Current!;
        return TypedResults.Ok(new ReleasesResponse(set.Active, [.. set.Releases.Select(release => ReleaseResponse.From(release, set.Active))]));
    }

    private static Ok<ReleaseResponse> Get(string name, ReleaseStore store)
    {
        var set = store.Set.Current!;
        return TypedResults.Ok(ReleaseResponse.From(set.Releases.FirstOrDefault(release => release.Name == name) ?? throw ReleaseStore.Unknown(name), set.Active));
    }

    private static async Task<Created<ReleaseResponse>> Create(CreateReleaseRequest request, ReleaseStore store, HttpContext context, CancellationToken cancellationToken)
    {
        var made = await store.CreateAsync(Read(request), context.Caller(), cancellationToken);
        return TypedResults.Created($"/admin/releases/{made.Name}", ReleaseResponse.From(made, store.Set.Current?.Active));
    }

    private static async Task<Ok<ActivationResponse>> Activate(string name, ActivateRequest request, ReleaseStore store, HttpContext context, CancellationToken cancellationToken)
    {
        var reason = Validation.Text(request.Reason, "reason", 1000);
        return TypedResults.Ok(ActivationResponse.From(await store.ActivateAsync(name, context.Caller(), reason, cancellationToken)));
    }

    private static async Task<Ok<HistoryResponse>> History(ReleaseStore store, CancellationToken cancellationToken, [Description("1 to 1,000; 100 by default.")] int limit = 100)
    {
        Validation.Range(limit, "limit", 1, 1000);
        return TypedResults.Ok(new HistoryResponse([.. (await store.HistoryAsync(limit, cancellationToken)).Select(ActivationResponse.From)]));
    }

    private static Release Read(CreateReleaseRequest request)
    {
        var models = request.Models ?? throw Validation.Invalid("models", "'models' is missing.", "missing_required_parameter");
        if (models.Count is < 1 or > 8) throw Validation.Invalid("models", $"'models' must name 1 to 8 models; it names {models.Count}.");
        var mode = request.Search?.Mode ?? "hybrid";
        if (!SearchModes.Contains(mode)) throw Validation.Invalid("search.mode", "'search.mode' must be one of: hybrid, keyword, vector.");
        var review = request.ReviewBelowConfidence ?? 0.35;
        if (review is not (>= 0 and <= 1)) throw Validation.Invalid("review_below_confidence", "'review_below_confidence' must be between 0 and 1.");
        var release = new Release
        {
            Name = Validation.Slug(request.Name, "name"),
            Prompt = Validation.Slug(request.Prompt, "prompt"),
            PromptVersion = Validation.Slug(request.PromptVersion, "prompt_version"),
            Search = new SearchSettings { Mode = mode, Limit = Validation.Range(request.Search?.Limit ?? 8, "search.limit", 1, 100) },
            ReviewBelowConfidence = review,
            Description = Validation.OptionalText(request.Description, "description", 1000) ?? "",
        };
        for (var i = 0; i < models.Count; i++) release.Models.Add(Validation.Text(models[i], $"models[{i}]", 200));
        return release;
    }
}
