using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>The connections to a provider that is called without OpenAI's client.</summary>
internal static class NativeConnection
{
    public static HttpClient Open(CatalogProvider provider)
    {
        var http = ProviderHttp.Open();
        // The endpoint may be written with or without /v1, as with other providers.
        var url = provider.BaseUrl!.AbsoluteUri.TrimEnd('/');
        http.BaseAddress = new Uri((url.EndsWith("/v1", StringComparison.Ordinal) ? url[..^3] : url) + "/");
        return http;
    }
}
