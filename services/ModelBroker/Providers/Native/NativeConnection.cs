using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>The connections to a provider that is called without OpenAI's client. Deadlines are the callers' business.</summary>
internal static class NativeConnection
{
    public static HttpClient Open(CatalogProvider provider) => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // Providers move behind DNS.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
    })
    {
        // The endpoint may be written with or without /v1, as with other providers.
        BaseAddress = new Uri((provider.BaseUrl!.AbsoluteUri.TrimEnd('/') is var url && url.EndsWith("/v1", StringComparison.Ordinal) ? url[..^3] : url) + "/"),
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
