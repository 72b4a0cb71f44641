namespace Slipway.ModelBroker.Providers;

/// <summary>The HTTP connections to a provider, through whichever client it is called. Deadlines are the callers' business.</summary>
internal static class ProviderHttp
{
    /// <param name="before">What stands before the connections; null: nothing.</param>
    public static HttpClient Open(Func<HttpMessageHandler, HttpMessageHandler>? before = null)
    {
        var connections = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // Providers move behind DNS.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
        };
        return new HttpClient(before?.Invoke(connections) ?? connections) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
