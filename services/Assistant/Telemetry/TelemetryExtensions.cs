using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;

namespace Slipway.Assistant.Telemetry;

internal static class TelemetryExtensions
{
    private static readonly string[] Peers = ["edge", "cache", "retrieval", "prompts", "model-broker"];

    /// <summary>Adds what is said of each request.</summary>
    public static WebApplicationBuilder AddRequestTelemetry(this WebApplicationBuilder builder)
    {
        // Every replica that configuration names: which of them a request asked is not known here.
        Uri[] peers = [.. Peers.SelectMany(peer => builder.Configuration.GetSection($"services:{peer}:http").GetChildren()).Select(address => address.Value).OfType<string>().Select(address => new Uri(address))];
        builder.Services.AddSingleton<TopTenants>();
        builder.Services.AddSingleton(services => new NotableTraces(
            services.GetService<KeptTraces>(), peers, new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(1), ActivityHeadersPropagator = null }),
            services.GetRequiredService<InternalKey>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<NotableTraces>());
        builder.Services.AddSingleton<RequestTelemetry>();
        return builder;
    }
}
