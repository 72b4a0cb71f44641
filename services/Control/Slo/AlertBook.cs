using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Assets.Slo;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Timing;

namespace Slipway.Control.Slo;

/// <summary>An alert that stands: what it is about.</summary>
/// <param name="Route">The route.</param>
/// <param name="Objective">The objective, or cheap_mode.</param>
/// <param name="Rule">The rule; empty for cheap mode.</param>
internal readonly record struct AlertKey(string Route, string Objective, string Rule)
{
    /// <summary>Small models answer in the place of the release's: not an alert, but raised and resolved as one.</summary>
    internal const string CheapMode = "cheap_mode";
}

/// <summary>A change of what stands.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Row">The alert as it stands now; null when it is over.</param>
/// <param name="Told">The event that tells of it.</param>
internal sealed record AlertChange(AlertKey Key, AlertRow? Row, NewEvent Told);

/// <summary>
/// Decides which alerts begin and which end, from the tallies of all windows and what stands. Knows no clock and no database. An alert begins once, when both windows of a rule burn at its factor
/// or faster and the long one has enough requests; and it ends once, when the short window has enough requests and burns clearly slower, or the long one does: silence alone is no recovery.
/// </summary>
internal static class AlertBook
{
    /// <summary>Minutes without a small model's answer after which cheap mode is over.</summary>
    internal const int CheapMinutes = 30;

    internal static IEnumerable<AlertChange> Changes(
        IReadOnlyDictionary<string, Dictionary<int, Tally>> tallies, SloSettings settings, IReadOnlyDictionary<AlertKey, AlertRow> standing, long nowUnixMs)
    {
        foreach (var (route, windows) in tallies)
        {
            for (var i = 0; i < Objective.All.Count; i++)
            {
                var objective = Objective.All[i];
                if (objective.TargetOf(settings, route) is not { } target) continue;
                foreach (var rule in BurnRule.All)
                {
                    var key = new AlertKey(route, objective.Name, rule.Name);
                    var (slow, quick) = (windows[rule.LongMinutes].BurnOf(i, target), windows[rule.ShortMinutes].BurnOf(i, target));
                    var evidence = quick.Requests >= Math.Max(1, settings.LeastRequests / 10);
                    if (!standing.TryGetValue(key, out var alert))
                    {
                        if (slow.Requests >= settings.LeastRequests && evidence && slow.Rate >= rule.Factor && quick.Rate >= rule.Factor)
                            yield return Raise(key, rule, target, slow, quick, nowUnixMs);
                    }
                    else if ((evidence && quick.Rate < rule.Factor * BurnRule.Back) || slow.Rate < rule.Factor * BurnRule.Back)
                    {
                        yield return Resolve(key, rule, alert, AlertText.Recovered(key, rule, target, slow, quick));
                    }
                }
            }

            if (CheapChange(route, windows, standing, nowUnixMs) is { } cheap) yield return cheap;
        }

        foreach (var (key, alert) in standing)
        {
            // What nobody measures any more cannot burn: the route is gone for three days, or its objective from slo.json.
            if (tallies.ContainsKey(key.Route) && (key.Objective == AlertKey.CheapMode || Objective.All.Any(objective => objective.Name == key.Objective && objective.TargetOf(settings, key.Route) is not null))) continue;
            yield return Resolve(key, BurnRule.All.FirstOrDefault(rule => rule.Name == key.Rule), alert, $"{key.Route}: {AlertText.NameOf(key.Objective)} is not measured any more.");
        }
    }

    private static AlertChange? CheapChange(string route, Dictionary<int, Tally> windows, IReadOnlyDictionary<AlertKey, AlertRow> standing, long nowUnixMs)
    {
        var key = new AlertKey(route, AlertKey.CheapMode, "");
        var (quick, slow) = (windows[5], windows[CheapMinutes]);
        if (!standing.TryGetValue(key, out var row))
        {
            if (quick.Cheap == 0) return null;
            var message = string.Create(CultureInfo.InvariantCulture, $"{route}: small models answer in the place of the release's: {quick.Cheap:N0} of {quick.Requests:N0} requests of the last 5 minutes.");
            return new AlertChange(key, RowOf(key, "warning", message, nowUnixMs), new NewEvent(EventKinds.CheapStarted, "warning", route, message, new JsonObject { ["route"] = route, ["answers"] = quick.Cheap, ["requests"] = quick.Requests }));
        }

        if (slow.Cheap > 0) return null;
        return new AlertChange(key, null, new NewEvent(
            EventKinds.CheapEnded, "info", route, $"{route}: no small model has answered in the place of the release's for {CheapMinutes} minutes.", new JsonObject { ["route"] = route, ["since"] = UtcText.Of(row.RaisedUnixMs) }));
    }

    private static AlertChange Raise(AlertKey key, BurnRule rule, double target, Burn slow, Burn quick, long nowUnixMs)
    {
        var message = AlertText.Raised(key, rule, target, slow, quick);
        return new AlertChange(key, RowOf(key, rule.Severity, message, nowUnixMs), new NewEvent(EventKinds.AlertRaised, rule.Severity, key.Route, message, Details(key, rule, target, slow, quick)));
    }

    private static AlertChange Resolve(AlertKey key, BurnRule? rule, AlertRow alert, string message) => new(key, null, new NewEvent(
        key.Objective == AlertKey.CheapMode ? EventKinds.CheapEnded : EventKinds.AlertResolved, "info", key.Route, message,
        new JsonObject { ["route"] = key.Route, ["objective"] = key.Objective, ["rule"] = rule?.Name, ["since"] = UtcText.Of(alert.RaisedUnixMs) }));

    private static AlertRow RowOf(AlertKey key, string severity, string message, long nowUnixMs) =>
        new() { Route = key.Route, Objective = key.Objective, Rule = key.Rule, Severity = severity, Message = message, RaisedUnixMs = nowUnixMs };

    private static JsonObject Details(AlertKey key, BurnRule rule, double target, Burn slow, Burn quick) => new()
    {
        ["route"] = key.Route,
        ["objective"] = key.Objective,
        ["target"] = target,
        ["rule"] = rule.Name,
        ["burn_rate_limit"] = rule.Factor,
        ["long_window_minutes"] = rule.LongMinutes,
        ["long_window_burn_rate"] = Math.Round(slow.Rate, 3),
        ["long_window_requests"] = slow.Requests,
        ["short_window_minutes"] = rule.ShortMinutes,
        ["short_window_burn_rate"] = Math.Round(quick.Rate, 3),
        ["short_window_requests"] = quick.Requests,
    };
}
