using System.Collections.Concurrent;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Shared;

namespace Slipway.ModelBroker.Limits;

/// <summary>The limits of each tenant, by the catalog's <c>tenantLimits</c>.</summary>
internal sealed class TenantLimits(ModelCatalog catalog, SharedStore store, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Limiter?> _limiters = new(StringComparer.Ordinal);

    /// <summary>The tenant's limiter; null when nothing limits it.</summary>
    public Limiter? Of(string tenant) => catalog.TenantLimits.Count == 0 ? null : _limiters.GetOrAdd(tenant, Create);

    private Limiter? Create(string tenant)
    {
        if (!catalog.TenantLimits.TryGetValue(tenant, out var limits) && !catalog.TenantLimits.TryGetValue(ModelCatalog.EveryTenant, out limits)) return null;
        return limits.IsNone ? null : new Limiter("tenant:" + tenant, "The tenant", limits, store, time);
    }
}
