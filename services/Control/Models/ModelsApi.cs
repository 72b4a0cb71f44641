using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Control.Admin;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Control.Models;

/// <summary><c>/admin/models</c>: asks the model broker.</summary>
internal static class ModelsApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    internal static WebApplicationBuilder AddModelBrokerClient(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<ModelBrokerService.ModelBrokerServiceClient>("model-broker", "slipway.v1.ModelBrokerService/DescribeModels");
        return builder;
    }

    internal static RouteGroupBuilder MapModelsApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/models", Get).WithTags("Models").WithName("GetModels")
            .WithSummary("What answers under each model's name, when it is switched off, how its probes come out, and what changed.").ProducesErrors(503);
        return admin;
    }

    private static async Task<Ok<ModelsResponse>> Get(ModelBrokerService.ModelBrokerServiceClient broker, TimeProvider time, CancellationToken cancellationToken)
    {
        var reply = await broker.DescribeModelsAsync(new DescribeModelsRequest(), deadline: (time.GetUtcNow() + Patience).UtcDateTime, cancellationToken: cancellationToken)
            .OrUnavailableAsync("model_broker_unavailable", "model broker", cancellationToken);
        return TypedResults.Ok(new ModelsResponse(
            [.. reply.Models.Select(View)],
            [.. reply.Events.Reverse().Select(told => new ModelEventView(At(told.TimeUnixMs)!.Value, told.Model, told.Kind, told.Detail))]));
    }

    private static ModelView View(ModelState model) => new(
        model.Model,
        model.Provider,
        model.Mode,
        model.DeprecationDate.Length > 0 ? model.DeprecationDate : null,
        [.. model.Identities.Select(seen => new ModelIdentityView(seen.ProviderModel, seen.Fingerprint.Length > 0 ? seen.Fingerprint : null, At(seen.FirstSeenUnixMs)!.Value, At(seen.LastSeenUnixMs)!.Value))],
        [.. model.Probes.Select(probe => new ProbeView(probe.Name, Math.Round(probe.Similarity, 4), probe.LeastSimilarity, probe.Similarity >= probe.LeastSimilarity, At(probe.AnsweredUnixMs)))]);

    private static DateTimeOffset? At(long unixMs) => unixMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
}
