using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Edge.Proxy;

/// <summary>Routes and clusters, made from what discovery says at start: <c>services:NAME:http:0…n</c>.</summary>
internal static class Destinations
{
    public static IReadOnlyList<RouteConfig> Routes { get; } =
    [
        Route("assistant", "/v1/{**rest}"),
        Route("control", "/admin/{**rest}"),
        Route("control", "/ofrep/{**rest}"),
    ];

    public static IReadOnlyList<ClusterConfig> Clusters(IConfiguration configuration, TimeSpan silence) =>
        [Cluster(configuration, "assistant", silence), Cluster(configuration, "control", silence)];

    private static RouteConfig Route(string owner, string path) => new()
    {
        RouteId = path.Split('/')[1],
        ClusterId = owner,
        Match = new RouteMatch { Path = path },
        // Who the client is told to be is the edge's business alone, so nothing is passed on of where it came from.
        Transforms = [new Dictionary<string, string> { ["X-Forwarded"] = "Off" }],
    };

    private static ClusterConfig Cluster(IConfiguration configuration, string name, TimeSpan silence)
    {
        var addresses = configuration.GetSection($"services:{name}:http").GetChildren().Select(item => item.Value).Where(value => !string.IsNullOrEmpty(value)).ToList();
        return new ClusterConfig
        {
            ClusterId = name,
            LoadBalancingPolicy = "PowerOfTwoChoices",
            Destinations = addresses.Select((address, index) => (address, index)).ToDictionary(item => $"{name}-{item.index}", item => new DestinationConfig { Address = item.address! }),
            // With one destination there is nothing to choose, and marking it unhealthy would only add to an outage.
            HealthCheck = addresses.Count < 2 ? null : new HealthCheckConfig { Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = "TransportFailureRate", ReactivationPeriod = TimeSpan.FromSeconds(2) } },
            // A client's header in UTF-8 passes as it came; by default the HTTP client refuses it, which would look like a dead service.
            HttpClient = new HttpClientConfig { RequestHeaderEncoding = "utf-8" },
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = silence, Version = System.Net.HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        };
    }
}
