using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Hosting;
using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;

namespace Slipway.ServiceDefaults;

/// <summary>What every service calls first.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>The tag of health checks that say whether the process lives at all.</summary>
    public const string LiveTag = "live";

    /// <summary>
    /// Telemetry, health, service discovery, resilient HTTP clients, loopback endpoints, the internal key and the lifeline to AppHost.
    /// </summary>
    /// <exception cref="InvalidOperationException"><c>Slipway:InternalKey</c> is not set: nobody could be told from a stranger.</exception>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder)
    {
        builder.AddTelemetry();
        builder.AddEndpoints();
        builder.AddInternalKey();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.AddHealthChanges();
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<Lifeline>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(8));
        return builder;
    }

    /// <summary>
    /// Puts the internal-key check in front of everything that follows, and maps <c>/health</c> (all checks: may traffic come) and <c>/alive</c>
    /// (checks tagged live: is the process well). Both are open, and say one word.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseMiddleware<InternalKeyMiddleware>();
        app.MapHealthEndpoints();
        app.MapKeepEndpoint();
        app.MapMetrics();
        return app;
    }

    /// <summary>Maps <c>/health</c> and <c>/alive</c> alone, for the edge, which knows its callers by their API keys. What <c>/metrics</c> shows is for its admins.</summary>
    public static WebApplication MapHealthEndpoints(this WebApplication app)
    {
        // Probes are no traffic: neither spans (see AddTelemetry) nor metrics tell of them.
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = app.Services.GetRequiredService<HealthChanges>().WriteAsync }).DisableHttpMetrics();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).DisableHttpMetrics();
        return app;
    }

    /// <summary>
    /// The folder that this service owns (<c>Slipway:DataPath</c>; in its absence <c>.slipway/NAME</c> under the current folder), created for the user alone.
    /// </summary>
    public static string DataPath(this IHostApplicationBuilder builder)
    {
        var path = builder.Configuration["Slipway:DataPath"] is { Length: > 0 } configured
            ? configured
            : Path.Combine(".slipway", builder.Environment.ApplicationName);
        return PrivateFolder.Create(path);
    }

    /// <summary>The folder of the AI assets (<c>Slipway:AssetsPath</c>): prompts, models, budgets.</summary>
    /// <exception cref="InvalidOperationException">It is not set, or there is no such folder.</exception>
    public static string AssetsPath(this IHostApplicationBuilder builder)
    {
        var path = builder.Configuration["Slipway:AssetsPath"];
        if (string.IsNullOrEmpty(path)) throw new InvalidOperationException("Slipway:AssetsPath is not set: it names the folder of models.json, slo.json and prompts/.");
        return Directory.Exists(path) ? Path.GetFullPath(path) : throw new InvalidOperationException($"Slipway:AssetsPath names '{path}', which is not a folder.");
    }
}
