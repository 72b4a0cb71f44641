using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Slipway.ServiceDefaults.Redis.Local;

internal sealed class RedisHealthCheck(IConnectionMultiplexer connection) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception))
        {
            return HealthCheckResult.Unhealthy(exception.GetType().Name);
        }
    }
}
