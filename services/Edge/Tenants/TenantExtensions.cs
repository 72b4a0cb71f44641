using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;
using Slipway.ServiceDefaults.Grpc;

namespace Slipway.Edge.Tenants;

internal sealed class TenantWatch(ControlService.ControlServiceClient control, TenantDirectory tenants, TimeProvider time, ILogger<TenantWatch> logger) : Watch<TenantSet>(time, logger)
{
    protected override AsyncServerStreamingCall<TenantSet> Open(CancellationToken cancellationToken) => control.WatchTenants(new WatchRequest(), cancellationToken: cancellationToken);

    protected override void Accept(TenantSet state) => tenants.Accept(state);
}

internal sealed class TenantHealthCheck(TenantDirectory tenants) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(tenants.Known ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("No tenants are known yet."));
}

internal static class TenantExtensions
{
    /// <summary>Follows Control's tenants and keys.</summary>
    public static WebApplicationBuilder AddTenants(this WebApplicationBuilder builder)
    {
        builder.AddGrpcClientFor<ControlService.ControlServiceClient>("control");
        builder.Services.AddSingleton(new TenantDirectory(new LastKnown<TenantSet>(builder.DataPath(), "tenants"), builder.Environment.IsDevelopment()));
        builder.Services.AddHostedService<TenantWatch>();
        builder.Services.AddHealthChecks().AddCheck<TenantHealthCheck>("tenants");
        return builder;
    }
}
