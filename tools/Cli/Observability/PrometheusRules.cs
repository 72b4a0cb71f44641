using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Assets.Slo;

namespace Slipway.Cli.Observability;

/// <summary>
/// Prometheus alert rules of the objectives. Burn rates are Control's own (<c>slipway_slo_burn_rate</c>: they survive restarts and scrapes that were missed); the p95 of the stages comes from the
/// assistants' histograms, so that those alerts work while Control is away.
/// </summary>
internal static class PrometheusRules
{
    /// <summary>Requests that failed by the stack's fault.</summary>
    internal const string Failed = "slipway_outcome=~\"server|unavailable|timeout\"";

    public static string Write(SloSettings slo)
    {
        var yaml = new StringBuilder();
        yaml.Append("# Made from ai/slo.json by: slipway observability --slo ai/slo.json --out deploy/observability\ngroups:\n");
        Burning(yaml);
        Latencies(yaml, slo);
        Standing(yaml);
        return yaml.ToString();
    }

    private static void Burning(StringBuilder yaml)
    {
        Group(yaml, "slipway-burn-rates", "30s");
        Alert(yaml, "SlipwayBurnsFast", Both("60m", "5m", "14.4"), null, "page", "{{ $labels.slipway_route }}: {{ $labels.slipway_objective }} burns {{ $value | humanize }} times what is allowed in the last hour", "More than 14.4 times in the last hour and in the last five minutes: 2 % of a month's allowance in an hour.");
        Alert(yaml, "SlipwayBurnsSlowly", Both("360m", "30m", "6"), null, "page", "{{ $labels.slipway_route }}: {{ $labels.slipway_objective }} burns {{ $value | humanize }} times what is allowed in the last six hours", "More than 6 times in the last six hours and in the last thirty minutes: 5 % of a month's allowance in six hours.");
        Alert(yaml, "SlipwayBurnsLastingly", Both("4320m", "360m", "1"), null, "ticket", "{{ $labels.slipway_route }}: {{ $labels.slipway_objective }} burns {{ $value | humanize }} times what is allowed in the last three days", "More than is allowed in the last three days and in the last six hours.");
    }

    private static string Both(string longWindow, string shortWindow, string factor) =>
        $"max by (slipway_route, slipway_objective) (slipway_slo_burn_rate{{slipway_window=\"{longWindow}\"}}) >= {factor} and max by (slipway_route, slipway_objective) (slipway_slo_burn_rate{{slipway_window=\"{shortWindow}\"}}) >= {factor}";

    private static void Latencies(StringBuilder yaml, SloSettings slo)
    {
        Group(yaml, "slipway-stages", "1m");
        yaml.Append("      - record: slipway:stage_duration_seconds:p95_30m\n        expr: ").Append(Quote("histogram_quantile(0.95, sum by (le, slipway_route, slipway_stage) (rate(slipway_stage_duration_seconds_bucket[30m])))")).Append('\n');
        foreach (var (route, budget) in slo.Routes)
        {
            foreach (var stage in Stages.Names)
            {
                var limit = budget.For(Enum.Parse<Stage>(stage, ignoreCase: true)).TotalMilliseconds;
                Alert(
                    yaml, "SlipwayStageOverBudget", $"slipway:stage_duration_seconds:p95_30m{{slipway_stage=\"{stage}\", {RouteSelector(slo, route)}}} > {Number(limit / 1000)}", "15m", "ticket",
                    $"{{{{ $labels.slipway_route }}}}: p95 of the stage {stage} is {{{{ $value | humanizeDuration }}}}, more than {Number(limit)} ms", "The 95th percentile of the last thirty minutes has been over the budget of ai/slo.json for fifteen minutes. Its histogram's buckets are coarse: GET /admin/kpis has it within 1 %.", ("slipway_stage", stage), ("slipway_budget", route));
            }

            if (budget.FailureRate is { } rate)
            {
                foreach (var (factor, longWindow, shortWindow) in ((double, string, string)[])[(14.4, "1h", "5m"), (6, "6h", "30m")])
                {
                    Alert(
                        yaml, "SlipwayFails", $"{FailedShare(longWindow)} > {Number(rate * factor)} and {FailedShare(shortWindow)} > {Number(rate * factor)}", null, "page",
                        $"{{{{ $labels.slipway_route }}}}: {{{{ $value | humanizePercentage }}}} of the requests of the last {longWindow} failed", $"More than {Number(factor)} times the failure rate of ai/slo.json, also in the last {shortWindow}.", ("slipway_budget", route), ("slipway_window", longWindow));
                }
            }

            string FailedShare(string window) =>
                $"sum by (slipway_route) (rate(slipway_request_duration_seconds_count{{{Failed}, {RouteSelector(slo, route, times: false)}}}[{window}])) / sum by (slipway_route) (rate(slipway_request_duration_seconds_count{{{RouteSelector(slo, route, times: false)}}}[{window}]))";

            if (budget.CostPer1000 is { } cost)
            {
                Alert(
                    yaml, "SlipwayCostOverBudget", $"avg by (slipway_route) (slipway_cost_per_1000_requests{{{RouteSelector(slo, route, times: false)}}}) > {Number(cost)}", "10m", "ticket",
                    $"{{{{ $labels.slipway_route }}}}: 1,000 requests cost {{{{ $value | humanize }}}} USD, more than {Number(cost)}", "What 1,000 requests of the last ten minutes cost has been over the budget of ai/slo.json for ten minutes.", ("slipway_budget", route));
            }
        }
    }

    private static void Standing(StringBuilder yaml)
    {
        Group(yaml, "slipway-watch", "1m");
        Alert(yaml, "SlipwayObjectivesNotWatched", "absent(up{job=~\".*control.*\"} == 1)", "10m", "ticket", "No Control is scraped: objectives are not watched", "Burn rates come from Control. Answers go on without it, and the alerts of the stages still work.");
        Alert(yaml, "SlipwayModelBreakerOpen", "max by (gen_ai_request_model) (slipway_model_breaker) == 2", "5m", "ticket", "{{ $labels.gen_ai_request_model }} is passed over: its breaker has been open for five minutes", "Other models of the release answer in its place.");
    }

    /// <summary>The routes that an entry serves: its own, or for <c>default</c> those that have none, where it is about times without those that are not held to them.</summary>
    private static string RouteSelector(SloSettings slo, string route, bool times = true)
    {
        if (route != SloFile.DefaultRoute) return $"slipway_route=\"{route}\"";
        var others = slo.Routes.Keys.Where(name => name != SloFile.DefaultRoute).Concat(((string[])["documents", "chat.completions.passthrough"]).Where(name => times && !slo.HasTimeObjectives(name))).Concat(["warming", "intent-sample", "warm-up"]);
        return $"slipway_route!~\"{string.Join('|', others.Select(name => name.Replace(".", "\\\\.", StringComparison.Ordinal)))}\"";
    }

    private static void Group(StringBuilder yaml, string name, string interval) => yaml.Append(CultureInfo.InvariantCulture, $"  - name: {name}\n    interval: {interval}\n    rules:\n");

    private static void Alert(StringBuilder yaml, string name, string expression, string? lasting, string severity, string summary, string description, params (string Name, string Value)[] labels)
    {
        yaml.Append(CultureInfo.InvariantCulture, $"      - alert: {name}\n        expr: {Quote(expression)}\n");
        if (lasting is not null) yaml.Append(CultureInfo.InvariantCulture, $"        for: {lasting}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"        labels:\n          severity: {severity}\n");
        foreach (var (label, value) in labels) yaml.Append(CultureInfo.InvariantCulture, $"          {label}: {Quote(value)}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"        annotations:\n          summary: {Quote(summary)}\n          description: {Quote(description)}\n");
    }

    /// <summary>A JSON string is a YAML string as well.</summary>
    private static string Quote(string text) => JsonSerializer.Serialize(text, Plain);

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
