using Slipway.Control.Admin;

namespace Slipway.Control.Kpis;

/// <summary>Which KPIs: exact filters, and what to group by.</summary>
internal sealed record KpiQuery(string? Route, string? Tenant, string? Release, bool ByRoute, bool ByTenant, bool ByRelease)
{
    internal static KpiQuery Parse(string? route, string? tenant, string? release, string? groupBy)
    {
        var groups = (groupBy ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (groups.FirstOrDefault(group => group is not ("route" or "tenant" or "release")) is not null)
            throw Validation.Invalid("group_by", "'group_by' must be a comma-separated list of: route, tenant, release.");
        return new KpiQuery(
            Validation.Filter(route, "route"), Validation.Filter(tenant, "tenant"), Validation.Filter(release, "release"), groups.Contains("route"), groups.Contains("tenant"), groups.Contains("release"));
    }

    internal bool Grouped => ByRoute || ByTenant || ByRelease;

    /// <summary>What the stack asks itself (warming, comparing answers) is accounted apart: it counts only where routes are told apart.</summary>
    internal static bool IsBackground(string route) => route is "warming" or "intent-sample";

    internal bool Matches(CellKey key) =>
        key != CellKey.Nobody && (Route is null ? ByRoute || !IsBackground(key.Route) : Route == key.Route) && (Tenant is null || Tenant == key.Tenant) && (Release is null || Release == key.Release);

    internal CellKey GroupOf(CellKey key) => new(ByRoute ? key.Route : "", ByTenant ? key.Tenant : "", ByRelease ? key.Release : "");
}
