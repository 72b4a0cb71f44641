using System.Collections.Concurrent;
using Slipway.ServiceDefaults.Redis;

namespace Slipway.Edge.Quotas;

/// <summary>The quotas by tenant.</summary>
internal sealed class QuotaTable(ISharedCounter counter, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantQuota> _quotas = new(StringComparer.Ordinal);

    public ValueTask<QuotaResult> AcquireAsync(string tenant, int limit, CancellationToken cancellationToken) =>
        _quotas.GetOrAdd(tenant, static (name, table) => new TenantQuota(name, table.counter, table.time), (counter, time)).AcquireAsync(limit, cancellationToken);
}

internal static class QuotaExtensions
{
    /// <summary>Counts requests by tenant, in Redis while it is there.</summary>
    public static WebApplicationBuilder AddQuotas(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddSingleton<ISharedCounter, RedisCounter>();
        builder.Services.AddSingleton<QuotaTable>();
        return builder;
    }
}
