using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Assets.Slo;

namespace Slipway.Cli.Observability;

/// <summary>A Grafana dashboard (schema 39, Grafana 10 and later) of a stack: burn rates and alerts, each stage against its budget, cache, models, tokens, cost and failures.</summary>
internal static class GrafanaDashboard
{
    private const int Columns = 24;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(SloSettings slo)
    {
        var board = new Board();
        board.Row("Objectives");
        board.Panel("Burn rate, 1 hour", 12, "short", [("max by (slipway_route, slipway_objective) (slipway_slo_burn_rate{slipway_window=\"60m\"})", "{{slipway_route}} {{slipway_objective}}")], 14.4);
        board.Panel("Burn rate, 6 hours", 12, "short", [("max by (slipway_route, slipway_objective) (slipway_slo_burn_rate{slipway_window=\"360m\"})", "{{slipway_route}} {{slipway_objective}}")], 6);
        board.Panel("Alerts that stand", 24, "short", [("sum by (slipway_route, slipway_objective, slipway_rule, slipway_severity) (slipway_slo_alerts)", "{{slipway_severity}}: {{slipway_route}} {{slipway_objective}} {{slipway_rule}}")]);
        foreach (var (route, budget) in slo.Routes)
        {
            board.Row(route == SloFile.DefaultRoute ? "Stages against the budgets of default" : $"Stages of {route} against its budgets");
            var selector = route == SloFile.DefaultRoute ? "slipway_route=~\"$route\"" : $"slipway_route=\"{route}\"";
            foreach (var stage in Stages.Names)
            {
                board.Panel(
                    $"{stage}: p95", 6, "s", [($"histogram_quantile(0.95, sum by (le, slipway_route) (rate(slipway_stage_duration_seconds_bucket{{slipway_stage=\"{stage}\", {selector}}}[$__rate_interval])))", "{{slipway_route}}")],
                    budget.For(Enum.Parse<Stage>(stage, ignoreCase: true)).TotalSeconds);
            }
        }

        board.Row("Requests");
        board.Panel("Requests by route", 8, "reqps", [("sum by (slipway_route) (rate(slipway_request_duration_seconds_count[$__rate_interval]))", "{{slipway_route}}")]);
        board.Panel("Requests by tenant", 8, "reqps", [("sum by (slipway_tenant) (rate(slipway_request_duration_seconds_count[$__rate_interval]))", "{{slipway_tenant}}")]);
        board.Panel(
            "Share of requests that failed", 8, "percentunit",
            [($"sum by (slipway_route) (rate(slipway_request_duration_seconds_count{{{PrometheusRules.Failed}}}[$__rate_interval])) / sum by (slipway_route) (rate(slipway_request_duration_seconds_count[$__rate_interval]))", "{{slipway_route}}")],
            slo.For(SloFile.DefaultRoute).FailureRate);
        board.Panel("To the whole answer: p95", 8, "s", [("histogram_quantile(0.95, sum by (le, slipway_route) (rate(slipway_request_duration_seconds_bucket[$__rate_interval])))", "{{slipway_route}}")]);
        board.Panel("To the first text of a stream: p95", 8, "s", [("histogram_quantile(0.95, sum by (le, slipway_route) (rate(slipway_request_time_to_first_text_seconds_bucket[$__rate_interval])))", "{{slipway_route}}")]);
        board.Panel("Degraded answers", 8, "reqps", [("sum by (slipway_stage, slipway_rung) (rate(slipway_degraded_total[$__rate_interval]))", "{{slipway_stage}}={{slipway_rung}}")]);
        board.Panel("USD per 1,000 requests", 8, "currencyUSD", [("avg by (slipway_route) (slipway_cost_per_1000_requests)", "{{slipway_route}}")], slo.For(SloFile.DefaultRoute).CostPer1000);
        board.Panel("Cost by tenant, USD an hour", 8, "currencyUSD", [("sum by (slipway_tenant) (rate(slipway_cost_total[$__rate_interval])) * 3600", "{{slipway_tenant}}")]);
        board.Panel("Tokens by tenant", 8, "short", [("sum by (slipway_tenant, gen_ai_token_type) (rate(slipway_tokens_total[$__rate_interval]))", "{{slipway_tenant}} {{gen_ai_token_type}}")]);
        board.Row("Cache and models");
        board.Panel("Cache lookups", 12, "reqps", [("sum by (tier, outcome) (rate(slipway_cache_requests_total[$__rate_interval]))", "{{tier}} {{outcome}}")]);
        board.Panel("Model calls: p95", 12, "s", [("histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_bucket[$__rate_interval])))", "{{gen_ai_request_model}}")]);
        board.Panel("Tokens", 12, "short", [("sum by (gen_ai_request_model, gen_ai_token_type) (rate(gen_ai_client_token_usage_sum[$__rate_interval]))", "{{gen_ai_request_model}} {{gen_ai_token_type}}")]);
        board.Panel("Cost of model calls, USD an hour", 12, "currencyUSD", [("sum by (gen_ai_request_model) (rate(slipway_model_cost_total[$__rate_interval])) * 3600", "{{gen_ai_request_model}}")]);
        board.Panel("Breakers (2 is open)", 12, "short", [("max by (gen_ai_request_model) (slipway_model_breaker)", "{{gen_ai_request_model}}")], 2);
        board.Panel("Recall of the vector index", 12, "percentunit", [("min by (slipway_tenant, slipway_collection) (slipway_retrieval_recall_ratio)", "{{slipway_tenant}} {{slipway_collection}}")]);
        return board.ToJson().ToJsonString(Indented) + "\n";
    }

    /// <summary>Lays panels out from left to right, eight units high.</summary>
    private sealed class Board
    {
        private const int Height = 8;

        private readonly JsonArray _panels = [];
        private int _id, _x, _y;

        public void Row(string title)
        {
            if (_x > 0) (_x, _y) = (0, _y + Height);
            _panels.Add((JsonNode)new JsonObject { ["id"] = ++_id, ["type"] = "row", ["title"] = title, ["collapsed"] = false, ["panels"] = new JsonArray(), ["gridPos"] = Position(0, _y, Columns, 1) });
            _y++;
        }

        /// <param name="title">The title.</param>
        /// <param name="width">Of 24.</param>
        /// <param name="unit">Grafana's unit.</param>
        /// <param name="queries">Expressions and legends.</param>
        /// <param name="limit">Drawn as a line; what is above it is red.</param>
        public void Panel(string title, int width, string unit, (string Expression, string Legend)[] queries, double? limit = null)
        {
            if (_x + width > Columns) (_x, _y) = (0, _y + Height);
            var steps = new JsonArray(new JsonObject { ["color"] = "green", ["value"] = null });
            if (limit is { } most) steps.Add((JsonNode)new JsonObject { ["color"] = "red", ["value"] = most });
            _panels.Add((JsonNode)new JsonObject
            {
                ["id"] = ++_id,
                ["type"] = "timeseries",
                ["title"] = title,
                ["datasource"] = Source(),
                ["gridPos"] = Position(_x, _y, width, Height),
                ["fieldConfig"] = new JsonObject
                {
                    ["defaults"] = new JsonObject
                    {
                        ["unit"] = unit, ["min"] = 0, ["thresholds"] = new JsonObject { ["mode"] = "absolute", ["steps"] = steps },
                        ["custom"] = new JsonObject { ["thresholdsStyle"] = new JsonObject { ["mode"] = limit is null ? "off" : "line" }, ["fillOpacity"] = 5, ["spanNulls"] = false },
                    },
                    ["overrides"] = new JsonArray(),
                },
                ["options"] = new JsonObject { ["legend"] = new JsonObject { ["displayMode"] = "list", ["placement"] = "bottom" }, ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" } },
                ["targets"] = new JsonArray([.. queries.Select((query, i) => (JsonNode)new JsonObject { ["refId"] = ((char)('A' + i)).ToString(), ["datasource"] = Source(), ["expr"] = query.Expression, ["legendFormat"] = query.Legend, ["exemplar"] = true })]),
            });
            _x += width;
        }

        public JsonObject ToJson() => new()
        {
            ["uid"] = "slipway",
            ["title"] = "Slipway",
            ["description"] = "Made from ai/slo.json by: slipway observability --slo ai/slo.json --out deploy/observability",
            ["tags"] = new JsonArray("slipway"),
            ["schemaVersion"] = 39,
            ["editable"] = true,
            ["graphTooltip"] = 1,
            ["refresh"] = "30s",
            ["time"] = new JsonObject { ["from"] = "now-6h", ["to"] = "now" },
            ["templating"] = new JsonObject
            {
                ["list"] = new JsonArray(
                    new JsonObject { ["name"] = "datasource", ["label"] = "Prometheus", ["type"] = "datasource", ["query"] = "prometheus" },
                    new JsonObject
                    {
                        ["name"] = "route", ["label"] = "Route", ["type"] = "query", ["datasource"] = Source(), ["query"] = "label_values(slipway_stage_duration_seconds_bucket, slipway_route)", ["refresh"] = 2, ["multi"] = true,
                        ["includeAll"] = true, ["current"] = new JsonObject { ["text"] = "All", ["value"] = "$__all" },
                    }),
            },
            ["panels"] = _panels,
        };

        private static JsonObject Source() => new() { ["type"] = "prometheus", ["uid"] = "${datasource}" };

        private static JsonObject Position(int x, int y, int width, int height) => new() { ["x"] = x, ["y"] = y, ["w"] = width, ["h"] = height };
    }
}
