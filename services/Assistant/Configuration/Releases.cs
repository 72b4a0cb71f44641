using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Assistant.Configuration;

/// <summary>The releases as Control last told them; also from the last run's file, so that answers go on while Control is away.</summary>
internal sealed class Releases(LastKnown<ReleaseSet> disk)
{
    private volatile State? _state = disk.Load() is { } saved ? new State(saved) : null;

    public bool Known => _state is not null;

    /// <summary>The release that the edge named, or the active one; null when none was ever known.</summary>
    public Release? Find(string? name)
    {
        var state = _state;
        if (state is null) return null;
        return name is { Length: > 0 } && state.ByName.TryGetValue(name, out var release) ? release : state.Active;
    }

    public void Accept(ReleaseSet set)
    {
        if (set.Releases.Count == 0) return;
        _state = new State(set);
        disk.Save(set);
    }

    private sealed class State
    {
        public State(ReleaseSet set)
        {
            // Of two releases of one name the later counts: a set that Control got wrong must not end this process.
            ByName = new Dictionary<string, Release>(StringComparer.Ordinal);
            foreach (var release in set.Releases) ByName[release.Name] = release;
            Active = ByName.GetValueOrDefault(set.Active) ?? set.Releases[^1];
        }

        public Dictionary<string, Release> ByName { get; }

        public Release Active { get; }
    }
}

internal sealed class ReleaseWatch(ControlService.ControlServiceClient control, Releases releases, TimeProvider time, ILogger<ReleaseWatch> logger) : Watch<ReleaseSet>(time, logger)
{
    protected override AsyncServerStreamingCall<ReleaseSet> Open(CancellationToken cancellationToken) => control.WatchReleases(new WatchRequest(), cancellationToken: cancellationToken);

    protected override void Accept(ReleaseSet state) => releases.Accept(state);
}

internal sealed class ConfigurationHealthCheck(Releases releases, ModelCatalog catalog) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        !releases.Known ? HealthCheckResult.Unhealthy("No release is known yet.")
        : !catalog.Known ? HealthCheckResult.Unhealthy("No model catalog is known yet.")
        : HealthCheckResult.Healthy());
}

internal static class ReleaseExtensions
{
    /// <summary>Follows Control's releases.</summary>
    public static WebApplicationBuilder AddReleases(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new Releases(new LastKnown<ReleaseSet>(builder.DataPath(), "releases")));
        builder.Services.AddHostedService<ReleaseWatch>();
        builder.Services.AddHealthChecks().AddCheck<ConfigurationHealthCheck>("configuration");
        return builder;
    }
}
