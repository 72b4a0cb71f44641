using System.ClientModel.Primitives;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Providers.OpenAi;

namespace Slipway.ModelBroker.Providers.Azure;

/// <summary>
/// OpenAI's client for Azure OpenAI. The key goes into the header <c>api-key</c>. Without a version of the API requests go to <c>/openai/v1</c>, where the body names the
/// deployment; with one they go to <c>/openai/deployments/NAME/…?api-version=…</c>.
/// </summary>
internal static class AzureConnection
{
    public static OpenAiConnection Open(CatalogModel model)
    {
        var provider = model.Provider;
        var resource = provider.BaseUrl!.AbsoluteUri.TrimEnd('/');
        // The endpoint may be written with the path of the newer API, as other clients want it.
        if (resource.EndsWith("/openai/v1", StringComparison.Ordinal)) resource = resource[..^"/openai/v1".Length];
        var path = provider.ApiVersion is null ? "/openai/v1" : "/openai/deployments/" + Uri.EscapeDataString(model.ProviderModel);
        return new OpenAiConnection(provider, new Uri(resource + path), new Policy(provider.ApiKey, provider.ApiVersion));
    }

    private sealed class Policy(string? key, string? version) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Change(message.Request);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Change(message.Request);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        private void Change(PipelineRequest request)
        {
            request.Headers.Remove("Authorization");
            if (key is not null) request.Headers.Set("api-key", key);
            if (version is not null) request.Uri = new UriBuilder(request.Uri!) { Query = "api-version=" + version }.Uri;
        }
    }
}
