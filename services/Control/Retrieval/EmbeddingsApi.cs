using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;

namespace Slipway.Control.Retrieval;

/// <summary><c>/admin/retrieval/{tenant}/embeddings</c>: takes a change of the embedder back, and lets it begin again.</summary>
internal static class EmbeddingsApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal static RouteGroupBuilder MapEmbeddingsApi(this RouteGroupBuilder admin)
    {
        var embeddings = admin.MapGroup("/retrieval/{tenant}/embeddings").WithTags("Retrieval");
        embeddings.MapPost("/revert", Revert).WithName("RevertEmbeddings")
            .WithSummary("Takes a collection's change of the embedder back, at once. It does not begin again by itself.").ProducesErrors(400, 404, 503);
        embeddings.MapPost("/resume", Resume).WithName("ResumeEmbeddings")
            .WithSummary("Lets a change of the embedder that was taken back begin again.").ProducesErrors(400, 404, 503);
        return admin;
    }

    /// <summary>The figures of a collection's embeddings.</summary>
    internal static EmbeddingsView View(EmbeddingsFigures? figures) => new(
        figures?.WaitingChunks ?? 0,
        figures?.FailedChunks ?? 0,
        figures?.Migration is { } migration
            ? new EmbeddingsMigrationView(
                migration.Phase switch
                {
                    EmbeddingsPhase.Backfill => "backfill",
                    EmbeddingsPhase.DualRead => "dual_read",
                    EmbeddingsPhase.Retained => "retained",
                    _ => "reverted",
                },
                migration.SourceVersion,
                migration.TargetVersion,
                DateTimeOffset.FromUnixTimeMilliseconds(migration.SinceUnixMs),
                migration.DoneChunks,
                migration.FailedChunks,
                migration.Searches,
                migration.FailedSearches,
                migration.Searches > migration.FailedSearches ? Math.Round(migration.Overlap, 4) : null,
                migration.Searches > 0 ? Math.Round(migration.MeanMilliseconds, 2) : null,
                migration.RetainUntilUnixMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(migration.RetainUntilUnixMs) : null,
                migration.Reason.Length > 0 ? migration.Reason : null)
            : null);

    private static Task<Ok<EmbeddingsChanged>> Revert(
        string tenant, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken, EmbeddingsCollection? request = null) =>
        ChangeAsync(tenant, request, resume: false, retrieval, time, cancellationToken);

    private static Task<Ok<EmbeddingsChanged>> Resume(
        string tenant, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken, EmbeddingsCollection? request = null) =>
        ChangeAsync(tenant, request, resume: true, retrieval, time, cancellationToken);

    private static async Task<Ok<EmbeddingsChanged>> ChangeAsync(
        string tenant, EmbeddingsCollection? request, bool resume, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken)
    {
        var change = new RevertEmbeddingsRequest
        {
            Tenant = Validation.Text(tenant, "tenant", 128),
            Collection = Validation.OptionalText(request?.Collection, "collection", 64) ?? "",
            Resume = resume,
        };
        var reply = await RetrievalApi.CallAsync(
            retrieval.RevertEmbeddingsAsync(change, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken), cancellationToken);
        return TypedResults.Ok(new EmbeddingsChanged(reply.EmbeddingsVersion, View(reply.Embeddings)));
    }
}
