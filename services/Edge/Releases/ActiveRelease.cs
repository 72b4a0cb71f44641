using Grpc.Core;
using Microsoft.Extensions.Primitives;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Edge.Releases;

/// <summary>The release that answers. Every tenant is in one cohort in this version: all get the active one.</summary>
internal sealed class ActiveRelease(LastKnown<ReleaseSet> disk)
{
    private StringValues _name = disk.Load()?.Active ?? StringValues.Empty;

    /// <summary>Its name as a header value; empty until Control has told it: then the assistant decides.</summary>
    public StringValues Name => _name;

    public void Accept(ReleaseSet set)
    {
        _name = set.Active;
        disk.Save(set);
    }
}

internal sealed class ReleaseWatch(ControlService.ControlServiceClient control, ActiveRelease release, TimeProvider time, ILogger<ReleaseWatch> logger) : Watch<ReleaseSet>(time, logger)
{
    protected override AsyncServerStreamingCall<ReleaseSet> Open(CancellationToken cancellationToken) => control.WatchReleases(new WatchRequest(), cancellationToken: cancellationToken);

    protected override void Accept(ReleaseSet state) => release.Accept(state);
}

internal static class ActiveReleaseExtensions
{
    /// <summary>Follows Control's active release.</summary>
    public static WebApplicationBuilder AddActiveRelease(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new ActiveRelease(new LastKnown<ReleaseSet>(builder.DataPath(), "releases")));
        builder.Services.AddHostedService<ReleaseWatch>();
        return builder;
    }
}
