using System.ComponentModel;
using Grpc.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Control.Retrieval;

/// <summary><c>/admin/retrieval</c>: asks the retrieval service.</summary>
internal static class RetrievalApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Two thousand questions take some 20 s.</summary>
    private static readonly TimeSpan TuningPatience = TimeSpan.FromMinutes(2);

    internal static WebApplicationBuilder AddRetrievalClient(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<RetrievalService.RetrievalServiceClient>("retrieval", "slipway.v1.RetrievalService/DescribeIndexes");
        return builder;
    }

    internal static RouteGroupBuilder MapRetrievalApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/retrieval", Get).WithTags("Retrieval").WithName("GetRetrieval")
            .WithSummary("How the vector index of each collection stands: its state and why, its recall against the objective, and the weight of its fusion.").ProducesErrors(400, 503);
        var fusion = admin.MapGroup("/retrieval/{tenant}/fusion").WithTags("Retrieval");
        fusion.MapPost("/", Tune).WithName("TuneFusion")
            .WithSummary("Chooses the weight of the vector ranking in a collection's hybrid searches by judged questions.").ProducesErrors(400, 404, 503);
        fusion.MapDelete("/", Reset).WithName("ResetFusion").WithSummary("Goes back to the default weight.").ProducesErrors(400, 404, 503);
        return admin.MapEmbeddingsApi();
    }

    private static async Task<Ok<RetrievalResponse>> Get(
        RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken, [Description("Only this tenant.")] string? tenant = null)
    {
        tenant = Validation.Filter(tenant, "tenant");
        var reply = await CallAsync(
            retrieval.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = tenant ?? "" }, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken), cancellationToken);
        return TypedResults.Ok(new RetrievalResponse([.. reply.Indexes.Select(View)]));
    }

    private static async Task<Ok<FusionFigures>> Tune(
        string tenant, TuneFusionModel request, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken)
    {
        var tune = new TuneFusionRequest
        {
            Tenant = Validation.Text(tenant, "tenant", 128),
            Collection = Validation.OptionalText(request.Collection, "collection", 64) ?? "",
            Trial = request.Trial ?? false,
        };
        var questions = request.Questions ?? throw Validation.Invalid("questions", "'questions' is missing.", "missing_required_parameter");
        foreach (var (index, question) in questions.Index())
        {
            var judged = new JudgedQuestion { Text = Validation.Text(question?.Text, $"questions[{index}].text", 8192) };
            foreach (var (document, grade) in question!.Relevance ?? throw Validation.Invalid($"questions[{index}].relevance", $"'questions[{index}].relevance' is missing.", "missing_required_parameter"))
                judged.Relevance[document] = grade;
            tune.Questions.Add(judged);
        }

        return TypedResults.Ok(View(await CallAsync(retrieval.TuneFusionAsync(tune, deadline: (time.GetUtcNow() + TuningPatience).UtcDateTime, cancellationToken: cancellationToken), cancellationToken)));
    }

    private static async Task<Ok<FusionFigures>> Reset(
        string tenant, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time, CancellationToken cancellationToken, [Description("default when it is not given.")] string? collection = null)
    {
        var reset = new ResetFusionRequest { Tenant = Validation.Text(tenant, "tenant", 128), Collection = Validation.OptionalText(collection, "collection", 64) ?? "" };
        return TypedResults.Ok(View(await CallAsync(retrieval.ResetFusionAsync(reset, deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken), cancellationToken)));
    }

    /// <summary>The answer of retrieval; when it is away, a 503.</summary>
    internal static Task<T> CallAsync<T>(AsyncUnaryCall<T> call, CancellationToken cancellationToken) => call.OrUnavailableAsync("retrieval_unavailable", "retrieval service", cancellationToken);

    private static FusionFigures View(FusionDescription fusion)
    {
        return new FusionFigures(
            Math.Round(fusion.VectorWeight, 4),
            fusion.Source switch
            {
                FusionSource.HeldOut => "held_out",
                FusionSource.Keyword => "keyword",
                FusionSource.Vector => "vector",
                _ => "default",
            },
            fusion.Questions,
            Figure(fusion.KeywordNdcg), Figure(fusion.VectorNdcg), Figure(fusion.DefaultNdcg), Figure(fusion.HeldOutNdcg),
            fusion.ChosenUnixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(fusion.ChosenUnixMs));

        double? Figure(double value) => fusion.Questions > 0 ? Math.Round(value, 4) : null;
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
            index.EmbeddingsVersion.Length > 0 ? index.EmbeddingsVersion : null,
            View(index.Fusion ?? new FusionDescription()),
            EmbeddingsApi.View(index.Embeddings));

        double? Share(double value) => known ? Math.Round(value, 4) : null;
    }
}
