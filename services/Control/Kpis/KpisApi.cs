using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Slipway.Control.Admin;

namespace Slipway.Control.Kpis;

/// <summary><c>/admin/kpis</c>.</summary>
internal static class KpisApi
{
    internal static RouteGroupBuilder MapKpisApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/kpis", Get).WithTags("KPIs").WithName("GetKpis")
            .WithSummary("Requests, latency percentiles per stage and end to end, tokens, cost, cache hit rates, failures, degradations and reviews of the last minutes or of up to 30 days, as JSON or CSV.")
            .Produces<KpisResponse>(200, "application/json", "text/csv").ProducesErrors(400);
        return admin;
    }

    private static async Task<IResult> Get(
        KpiReader reader,
        TimeProvider time,
        HttpRequest request,
        CancellationToken cancellationToken,
        [Description("The last minutes: 1, 5 (the default) or 60.")] int? window = null,
        [Description("Instead of a window: the start of a range of at most 30 days, such as 2027-01-15T08:00:00Z.")] string? from = null,
        [Description("The end of the range; now by default.")] string? to = null,
        [Description("Minutes of the steps of a series: 1 to 10080, whole hours for ranges of more than 24 hours; no series by default.")] int? step = null,
        [Description("Only this route.")] string? route = null,
        [Description("Only this tenant.")] string? tenant = null,
        [Description("Only this release.")] string? release = null,
        [FromQuery(Name = "group_by"), Description("Comma-separated list of: route, tenant, release.")] string? groupBy = null,
        [Description("json or csv; by default what Accept prefers.")] string? format = null)
    {
        var csv = format switch
        {
            null or "" => request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/csv", StringComparison.OrdinalIgnoreCase)),
            "json" => false,
            "csv" => true,
            _ => throw Validation.Invalid("format", "'format' must be json or csv."),
        };
        var kpis = await reader.ReadAsync(KpiQuery.Parse(route, tenant, release, groupBy), KpiRange.Parse(window, from, to, step, time.GetUtcNow()), cancellationToken);
        return csv ? TypedResults.Text(KpiCsv.Write(kpis), "text/csv", Encoding.UTF8) : TypedResults.Ok(kpis);
    }
}
