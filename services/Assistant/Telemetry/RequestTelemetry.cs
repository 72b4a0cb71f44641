using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Assistant.Budgets;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Telemetry;

/// <summary>
/// Says of each request that has ended, in metrics and on its span, what it did and cost; and keeps the traces of those that matter: that failed, were over a budget,
/// were degraded, or whose answer has a low confidence.
/// </summary>
internal sealed class RequestTelemetry(TopTenants tenants, NotableTraces notable)
{
    private static readonly Histogram<double> Duration = SlipwayTelemetry.Meter.CreateHistogram(
        "slipway.request.duration", "s", "From the edge to the whole answer.", advice: Buckets(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.5, 2.5, 5, 10, 30, 120));

    private static readonly Histogram<double> FirstText = SlipwayTelemetry.Meter.CreateHistogram(
        "slipway.request.time_to_first_text", "s", "From the edge to the first text of a stream.", advice: Buckets(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.5, 2.5, 5, 10, 30));

    private static readonly Counter<long> Tokens = SlipwayTelemetry.Meter.CreateCounter<long>("slipway.tokens", "{token}", "Tokens of the model calls of requests.");

    private static readonly Counter<double> Cost = SlipwayTelemetry.Meter.CreateCounter<double>("slipway.cost", "{USD}", "What requests cost, by the catalog's prices.");

    private static readonly Counter<long> Degraded = SlipwayTelemetry.Meter.CreateCounter<long>("slipway.degraded", "{request}", "Requests that a lower rung answered, by stage and rung.");

    private static readonly Counter<long> Reviews = SlipwayTelemetry.Meter.CreateCounter<long>("slipway.reviews", "{request}", "Answers whose confidence is low.");

    /// <summary>Notes a request that has ended, on the span that is current.</summary>
    public void Note(RequestRun run, RequestRecord record)
    {
        if (SlipwayTelemetry.Source.HasListeners() && Activity.Current is { } span)
        {
            var overBudget = run.IsOverBudget;
            Tag(span, record, overBudget);
            if (record.Status >= 500 || overBudget || record.Degraded.Count > 0 || record.Review) notable.Keep(span);
        }

        if (Duration.Enabled) Measure(run, record);
    }

    private static void Tag(Activity span, RequestRecord record, bool overBudget)
    {
        span.SetTag("slipway.request_id", record.RequestId);
        span.SetTag("slipway.tenant", record.Tenant);
        span.SetTag("slipway.route", record.Route);
        span.SetTag("slipway.release", record.Release);
        span.SetTag("slipway.cache", record.Cache);
        span.SetTag("slipway.over_budget", overBudget);
        span.SetTag("slipway.cost_usd", record.CostUsd);
        if (record.Degraded.Count > 0) span.SetTag("slipway.degraded", record.Degraded.ToArray());
        if (record.Review || record.Confidence > 0) span.SetTag("slipway.confidence", record.Confidence);
        if (record.ErrorCode.Length > 0) span.SetTag("error.type", record.ErrorCode);
    }

    private void Measure(RequestRun run, RequestRecord record)
    {
        var route = Label("slipway.route", record.Route);
        var tenant = Label("slipway.tenant", tenants.Label(record.Tenant));
        Duration.Record(record.TotalMs / 1000, route, tenant, Label("slipway.cache", record.Cache), Label("slipway.outcome", FailureClass.Of(record.Status) ?? "ok"));
        if (record.Stream && record.FirstTokenMs > 0) FirstText.Record(record.FirstTokenMs / 1000, route, tenant);
        run.MeasureGateway();
        if (record.CostUsd > 0) Cost.Add(record.CostUsd, route, tenant, Label("slipway.release", record.Release));
        if (record.Usage is { } usage)
        {
            Tokens.Add(usage.PromptTokens, route, tenant, Label("gen_ai.token.type", "input"));
            Tokens.Add(usage.CompletionTokens, route, tenant, Label("gen_ai.token.type", "output"));
        }

        foreach (var name in record.Degraded)
            if (name.Split('=', 2) is [var stage, var rung]) Degraded.Add(1, route, Label("slipway.stage", stage), Label("slipway.rung", rung));
        if (record.Review) Reviews.Add(1, route, tenant);
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private static InstrumentAdvice<double> Buckets(params double[] seconds) => new() { HistogramBucketBoundaries = seconds };
}
