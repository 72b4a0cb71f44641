using OpenTelemetry.Exporter;

namespace Slipway.ServiceDefaults.Telemetry.Export;

/// <summary>
/// The connections to the collector. OpenTelemetry would take them from the factory of HTTP clients, whose clean-up wakes a process that has nothing to do several times a minute, as
/// does that of a pool: a batch has a connection of its own. With TLS, of which its own client knows the settings, it stays.
/// </summary>
internal static class CollectorHttp
{
    private static readonly SocketsHttpHandler Connections = new()
    {
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // What is sent to the collector is no part of any trace.
        ActivityHeadersPropagator = null,
    };

    /// <summary>Sets the client of an exporter.</summary>
    public static void Use(OtlpExporterOptions options)
    {
        if (options.Endpoint.Scheme == Uri.UriSchemeHttp)
            options.HttpClientFactory = () => new HttpClient(Connections, disposeHandler: false) { Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds) };
    }
}
