using System.ComponentModel;
using Grpc.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Control.Retrieval;

/// <summary><c>/admin/retrieval</c>: asks the retrieval service.</summary>
internal static class RetrievalApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    internal static WebApplicationBuilder AddRetrievalClient(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<RetrievalService.RetrievalServiceClient>("retrieval", "slipway.v1.RetrievalService/DescribeIndexes");
        return builder;
    }

    internal static RouteGroupBuilder MapRetrievalApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/retrieval", Get).WithTags("Retrieval").WithName("GetRetrieval")
            .WithSummary("How the vector index of each collection stands: its state and why, and its recall against the objective.").ProducesErrors(400, 503);
        return admin;
    }

    private static async Task<Ok<RetrievalResponse>> Get(
        RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken, [Description("Only this tenant.")] string? tenant = null)
    {
        tenant = Validation.Filter(tenant, "tenant");
        try
        {
            var reply = await retrieval.DescribeIndexesAsync(
                new DescribeIndexesRequest { Tenant = tenant ?? "" }, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken);
            return TypedResults.Ok(new RetrievalResponse([.. reply.Indexes.Select(View)]));
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal && !cancellationToken.IsCancellationRequested)
        {
            throw new ApiException(new ApiError(503, "retrieval_unavailable", "The retrieval service does not answer. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(2)));
        }
    }

    private static IndexFigures View(IndexDescription index)
    {
        var recall = index.Recall;
        var known = recall.Samples > 0;
        return new IndexFigures(
            index.Tenant,
            index.Collection,
            index.State.ToString().ToLowerInvariant(),
            index.Reason.Length > 0 ? index.Reason : null,
            DateTimeOffset.FromUnixTimeMilliseconds(index.SinceUnixMs),
            index.Rebuilds,
            new RecallShare(recall.K, recall.Samples, Share(recall.Mean), Share(recall.Lower), Share(recall.Upper), recall.Target),
            index.Documents,
            index.Chunks,
            index.CorpusVersion,
            index.EmbeddingsVersion.Length > 0 ? index.EmbeddingsVersion : null);

        double? Share(double value) => known ? Math.Round(value, 4) : null;
    }
}
