using Slipway.Contracts;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Assistant.Configuration;

internal static class PeerExtensions
{
    /// <summary>The clients of the services that the path asks. What only reads is tried again while its deadline lasts.</summary>
    public static WebApplicationBuilder AddPeers(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<CacheService.CacheServiceClient>("cache");
        builder.AddGrpcClientFor<RetrievalService.RetrievalServiceClient>("retrieval", "slipway.v1.RetrievalService/Search", "slipway.v1.RetrievalService/Embed");
        builder.AddGrpcClientFor<PromptService.PromptServiceClient>("prompts", "slipway.v1.PromptService/Render");
        builder.AddGrpcClientFor<ModelBrokerService.ModelBrokerServiceClient>("model-broker", "slipway.v1.ModelBrokerService/ListModels");
        builder.AddGrpcClientFor<ControlService.ControlServiceClient>("control", "slipway.v1.ControlService/AppendRecords");
        return builder;
    }
}
