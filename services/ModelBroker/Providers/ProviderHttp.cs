namespace Slipway.ModelBroker.Providers;

/// <summary>The HTTP connections to a provider, through whichever client it is called. Deadlines are the callers' business.</summary>
internal static class ProviderHttp
{
    public static HttpClient Open() => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // Providers move behind DNS.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
