using System.Globalization;
using System.Text;
using Slipway.Assets.Slo;
using Slipway.Contracts;
using Slipway.Control.Timing;

namespace Slipway.Control.Kpis;

/// <summary>KPIs as CSV (RFC 4180): a header, then a row for each step and group, or one for the whole where neither was asked for. Figures without data are empty.</summary>
internal static class KpiCsv
{
    /// <summary>The figures' columns, by the names that the JSON has, joined with underscores.</summary>
    private static readonly (string Name, Func<KpiFigures, object?> Read)[] Columns =
    [
        ("requests", figures => figures.Requests),
        ("streams", figures => figures.Streams),
        .. Latency("end_to_end", figures => figures.EndToEnd),
        .. Latency("first_token", figures => figures.FirstToken),
        .. Latency("answered", figures => figures.Answered),
        .. Latency("without_model", figures => figures.WithoutModel),
        .. Stages.Names.SelectMany(stage => Latency("stage_" + stage, figures => figures.Stages[stage])),
        ("tokens_prompt", figures => figures.Tokens.Prompt),
        ("tokens_completion", figures => figures.Tokens.Completion),
        ("tokens_cached_prompt", figures => figures.Tokens.CachedPrompt),
        ("cost_usd", figures => figures.CostUsd),
        ("cost_usd_per_1000_requests", figures => figures.CostUsdPer1000Requests),
        .. Tier("output", figures => figures.Cache.Output),
        .. Tier("retrieval", figures => figures.Cache.Retrieval),
        ("failures", figures => figures.Failures.Count),
        ("failures_share", figures => figures.Failures.Share),
        .. FailureClass.All.Select(name => ((string, Func<KpiFigures, object?>))("failures_" + name, figures => figures.Failures.ByClass[name])),
        ("degraded", figures => figures.Degraded.Count),
        ("degraded_share", figures => figures.Degraded.Share),
        ("reviews", figures => figures.Reviews.Count),
        ("reviews_share", figures => figures.Reviews.Share),
        ("mean_confidence", figures => figures.Reviews.MeanConfidence),
    ];

    internal static string Write(KpisResponse kpis)
    {
        var csv = new StringBuilder();
        Line(csv, ["from", "to", "route", "tenant", "release", .. Columns.Select(column => column.Name)]);
        if (kpis.StepMinutes is not null)
        {
            foreach (var point in kpis.Series) Row(point.From, point.To, point.Route, point.Tenant, point.Release, point.Figures);
        }
        else if (kpis.Groups.Count > 0)
        {
            foreach (var group in kpis.Groups) Row(kpis.From, kpis.To, group.Route, group.Tenant, group.Release, group.Figures);
        }
        else
        {
            Row(kpis.From, kpis.To, null, null, null, kpis.Total);
        }

        return csv.ToString();

        void Row(DateTimeOffset from, DateTimeOffset to, string? route, string? tenant, string? release, KpiFigures figures) =>
            Line(csv, [UtcText.Of(from), UtcText.Of(to), route, tenant, release, .. Columns.Select(column => Convert.ToString(column.Read(figures), CultureInfo.InvariantCulture))]);
    }

    private static IEnumerable<(string, Func<KpiFigures, object?>)> Latency(string name, Func<KpiFigures, LatencyFigures> read) =>
    [
        (name + "_count", figures => read(figures).Count),
        (name + "_p50_ms", figures => read(figures).P50Ms),
        (name + "_p95_ms", figures => read(figures).P95Ms),
        (name + "_p99_ms", figures => read(figures).P99Ms),
        (name + "_max_ms", figures => read(figures).MaxMs),
    ];

    private static IEnumerable<(string, Func<KpiFigures, object?>)> Tier(string name, Func<KpiFigures, TierFigures> read) =>
    [
        ($"cache_{name}_hits", figures => read(figures).Hits),
        ($"cache_{name}_lookups", figures => read(figures).Lookups),
        ($"cache_{name}_hit_rate", figures => read(figures).HitRate),
    ];

    private static void Line(StringBuilder csv, IEnumerable<string?> fields) => csv.AppendJoin(',', fields.Select(Quote)).Append("\r\n");

    private static string Quote(string? field) => field is null ? "" : field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
