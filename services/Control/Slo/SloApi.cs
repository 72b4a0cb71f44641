using Microsoft.AspNetCore.Http.HttpResults;

namespace Slipway.Control.Slo;

/// <summary>How the objectives stand.</summary>
/// <param name="LeastRequests">Fewer requests in an alert's long window are no evidence.</param>
/// <param name="Routes">By route: those of slo.json, and those that had requests in three days.</param>
/// <param name="Alerts">What stands, the oldest first.</param>
internal sealed record SloResponse(int LeastRequests, IReadOnlyList<SloRoute> Routes, IReadOnlyList<SloAlert> Alerts);

/// <summary>The objectives of a route.</summary>
/// <param name="Route">The route.</param>
/// <param name="Objectives">Its objectives.</param>
internal sealed record SloRoute(string Route, IReadOnlyList<SloObjective> Objectives);

/// <summary>An objective.</summary>
/// <param name="Objective">end_to_end, without_model, a stage, failures or cost.</param>
/// <param name="Target">Milliseconds that 95 % of the requests must keep to; for failures a share; for cost USD per 1,000 requests.</param>
/// <param name="Windows">What was spent of it.</param>
internal sealed record SloObjective(string Objective, double Target, IReadOnlyList<SloWindow> Windows);

/// <summary>What was spent of an objective in a window.</summary>
/// <param name="Minutes">The window.</param>
/// <param name="Requests">The requests that it is of.</param>
/// <param name="Measured">The share over the target or failed, or USD per 1,000 requests; null without requests.</param>
/// <param name="BurnRate">That beside what is allowed; 1 is exactly as much. Null without requests.</param>
internal sealed record SloWindow(int Minutes, long Requests, double? Measured, double? BurnRate);

/// <summary>An alert that stands, or cheap mode.</summary>
/// <param name="Route">The route.</param>
/// <param name="Objective">The objective, or cheap_mode.</param>
/// <param name="Rule">fast, slow or lasting; empty for cheap mode.</param>
/// <param name="Severity">page, ticket or warning.</param>
/// <param name="Since">When it was raised.</param>
/// <param name="Message">Why, in words and figures of that moment.</param>
internal sealed record SloAlert(string Route, string Objective, string Rule, string Severity, DateTimeOffset Since, string Message);

/// <summary><c>/admin/slo</c>.</summary>
internal static class SloApi
{
    internal static RouteGroupBuilder MapSloApi(this RouteGroupBuilder admin)
    {
        admin.MapGet("/slo", Get).WithTags("Objectives").WithName("GetSlo").WithSummary("The objectives of each route from slo.json, what was spent of them in each window, and the alerts that stand.");
        return admin;
    }

    private static async Task<Ok<SloResponse>> Get(SloService slo, CancellationToken cancellationToken)
    {
        var standing = slo.Standing ?? await slo.LookAsync(cancellationToken);
        var routes = standing.Settings.Routes.Keys.Union(standing.Tallies.Keys).Order(StringComparer.Ordinal);
        return TypedResults.Ok(new SloResponse(
            standing.Settings.LeastRequests,
            [.. routes.Select(route => new SloRoute(route, [.. Objectives(standing, route)]))],
            [.. standing.Alerts.Values.OrderBy(alert => alert.RaisedUnixMs).ThenBy(alert => alert.Route, StringComparer.Ordinal)
                .Select(alert => new SloAlert(alert.Route, alert.Objective, alert.Rule, alert.Severity, DateTimeOffset.FromUnixTimeMilliseconds(alert.RaisedUnixMs), alert.Message))]));
    }

    private static IEnumerable<SloObjective> Objectives(SloStanding standing, string route)
    {
        for (var i = 0; i < Objective.All.Count; i++)
        {
            if (Objective.All[i].TargetOf(standing.Settings, route) is not { } target) continue;
            yield return new SloObjective(Objective.All[i].Name, target, [.. BurnRule.Windows.Select(window => View(window, standing.Tallies.TryGetValue(route, out var tallies) ? tallies[window].BurnOf(i, target) : default))]);
        }
    }

    private static SloWindow View(int window, Burn burn) => burn.Requests == 0 ? new(window, 0, null, null) : new(window, burn.Requests, Math.Round(burn.Measured, 6), Math.Round(burn.Rate, 4));
}
