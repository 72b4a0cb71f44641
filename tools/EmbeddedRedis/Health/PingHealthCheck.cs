using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.EmbeddedRedis.Resp;
using Slipway.ServiceDefaults;

namespace Slipway.EmbeddedRedis.Health;

/// <summary>Healthy is what a client can use: an authenticated PING over TCP, so that a Garnet which hangs counts as ill.</summary>
internal sealed class PingHealthCheck(RedisOptions options) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var problem = await RespClient.AskAsync(options, "PING", "PONG", limit.Token);
            return problem is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("PING was answered with: " + problem);
        }
        catch (SocketException exception)
        {
            return HealthCheckResult.Unhealthy("no connection", exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"no answer within {Limit.TotalSeconds} s");
        }
    }
}

internal static class PingHealthCheckExtensions
{
    internal static void AddPingHealthCheck(this WebApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck<PingHealthCheck>("ping", tags: [ServiceDefaultsExtensions.LiveTag]);
}
