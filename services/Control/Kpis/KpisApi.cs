using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Slipway.Control.Admin;

namespace Slipway.Control.Kpis;

/// <summary><c>/admin/kpis</c>.</summary>
internal static class KpisApi
{
    internal static RouteGroupBuilder MapKpisApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/kpis", Get).WithTags("KPIs").WithName("GetKpis")
            .WithSummary("Requests, latency percentiles per stage and end to end, tokens, cost, cache hit rates, failures, degradations and reviews of the last minutes.")
            .ProducesErrors(400);
        return admin;
    }

    private static Ok<KpisResponse> Get(
        KpiStore store,
        [Description("Minutes: 1, 5 (the default) or 60.")] int window = 5,
        [Description("Only this route.")] string? route = null,
        [Description("Only this tenant.")] string? tenant = null,
        [Description("Only this release.")] string? release = null,
        [FromQuery(Name = "group_by"), Description("Comma-separated list of: route, tenant, release.")] string? groupBy = null) =>
        TypedResults.Ok(store.Query(KpiQuery.Parse(window, route, tenant, release, groupBy)));
}
