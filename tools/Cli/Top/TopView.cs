using System.Globalization;
using Slipway.Cli.Edge;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Top;

/// <summary>Draws a snapshot.</summary>
internal static class TopView
{
    private const int MostRows = 6;

    /// <param name="snapshot">What is drawn.</param>
    /// <param name="route">The route whose stages are shown; null: the busiest.</param>
    /// <param name="trouble">Why the snapshot is not newer; null when it is new.</param>
    public static IRenderable Draw(TopSnapshot snapshot, string? route, string? trouble)
    {
        var shown = snapshot.ByRoute.Groups.FirstOrDefault(group => route is null ? group.Figures.Requests > 0 : group.Route == route);
        var parts = new List<IRenderable> { Head(snapshot) };
        if (trouble is not null) parts.Add(Text($"[red]{Markup.Escape(trouble)} Trying again.[/]"));
        parts.Add(Side(Stages(snapshot, shown, route), new Rows(Routes(snapshot), Tenants(snapshot))));
        parts.Add(Side(Models(snapshot), new Rows(Cache(snapshot.ByRoute.Total), Degradations(snapshot.ByRoute.Total))));
        parts.Add(Alerts(snapshot));
        parts.Add(Events(snapshot));
        return new Rows(parts);
    }

    private static Markup Head(TopSnapshot snapshot)
    {
        var (kpis, total) = (snapshot.ByRoute, snapshot.ByRoute.Total);
        var dropped = kpis.RecordsDropped > 0 ? $" · [yellow]{Count(kpis.RecordsDropped)} records dropped[/]" : "";
        return Text(
            $"[bold]{Markup.Escape(snapshot.Edge.ToString())}[/] · last {kpis.WindowMinutes} min until {kpis.To.UtcDateTime:HH:mm:ss} UTC · {Count(total.Requests)} requests ({Number(total.Requests / Math.Max(1, (kpis.To - kpis.From).TotalSeconds), "0.#")}/s) · "
            + $"{Share(total.Failures.Share)} failed · {Share(total.Degraded.Share)} degraded · {Share(total.Reviews.Share)} to review · {Usd(total.CostUsd)}, {Usd(total.CostUsdPer1000Requests)} per 1,000{dropped}");
    }

    private static Table Stages(TopSnapshot snapshot, FiguresGroup? shown, string? route)
    {
        var name = shown?.Route ?? route ?? "default";
        var objectives = snapshot.Slo.Of(name);
        var table = New($"{name}: stages against budgets", "stage", "requests", "p50 ms", "p95 ms", "budget", "p95 of budget", "burn 5m", "burn 1h");
        Row("end to end", "end_to_end", shown?.Figures.Answered);
        Row("without model", "without_model", shown?.Figures.WithoutModel);
        foreach (var stage in Slipway.Assets.Slo.Stages.Names) Row("  " + stage, stage, shown?.Figures.Stages.GetValueOrDefault(stage));
        return table;

        void Row(string label, string objective, Latency? latency)
        {
            var target = objectives.GetValueOrDefault(objective);
            table.AddRow(
                Text(Markup.Escape(label)), Right(Count(latency?.Count ?? 0)), Right(Number(latency?.P50Ms, "0.0")), Right(Number(latency?.P95Ms, "0.0")), Right(Number(target?.Target, "0")),
                Bar(latency?.P95Ms, target?.Target), Burn(target?.BurnOf(5)), Burn(target?.BurnOf(60)));
        }
    }

    private static Table Routes(TopSnapshot snapshot)
    {
        var table = New("routes", "route", "requests", "p95 ms", "failed", "USD/1,000");
        foreach (var group in snapshot.ByRoute.Groups.Take(MostRows)) Add(table, group.Route, group.Figures);
        return table;
    }

    private static Table Tenants(TopSnapshot snapshot)
    {
        var table = New("tenants", "tenant", "requests", "p95 ms", "failed", "USD/1,000");
        foreach (var group in snapshot.ByTenant.Groups.Take(MostRows)) Add(table, group.Tenant, group.Figures);
        return table;
    }

    private static void Add(Table table, string? name, Figures figures) => table.AddRow(
        Text(Markup.Escape(name ?? "")), Right(Count(figures.Requests)), Right(Number(figures.Answered.P95Ms, "0.0")), Right(Share(figures.Failures.Share)), Right(Number(figures.CostUsdPer1000Requests, "0.####")));

    private static IRenderable Models(TopSnapshot snapshot)
    {
        if (snapshot.Models is null) return Text("[yellow]models: the model broker does not answer[/]");
        var table = New("models", "model", "provider", "answers as", "probes", "switched off");
        foreach (var model in snapshot.Models.Models.OrderByDescending(model => model.Identities.Select(identity => identity.LastSeen).DefaultIfEmpty().Max()).Take(MostRows + 2))
        {
            var failing = model.Probes.Count(probe => !probe.Within);
            table.AddRow(
                Text(Markup.Escape(model.Name)), Text(Markup.Escape(model.Provider)), Text(Markup.Escape(model.Identities.MaxBy(identity => identity.LastSeen)?.ProviderModel ?? "–")),
                Text(model.Probes.Count == 0 ? "–" : failing == 0 ? "[green]within[/]" : $"[red]{failing} off[/]"), Text(Markup.Escape(model.DeprecationDate ?? "–")));
        }

        return table;
    }

    private static Table Cache(Figures total)
    {
        var table = New("cache", "tier", "hits", "lookups", "hit rate");
        foreach (var (name, tier) in ((string, Tier)[])[("output", total.Cache.Output), ("retrieval", total.Cache.Retrieval)])
            table.AddRow(Text(name), Right(Count(tier.Hits)), Right(Count(tier.Lookups)), Right(Share(tier.HitRate)));
        return table;
    }

    private static Table Degradations(Figures total)
    {
        var table = New("degradations", "stage=rung", "answers");
        foreach (var (rung, count) in total.Degraded.ByRung.OrderByDescending(rung => rung.Value).Take(MostRows)) table.AddRow(Text(Markup.Escape(rung)), Right(Count(count)));
        return table;
    }

    private static IRenderable Alerts(TopSnapshot snapshot)
    {
        if (snapshot.Slo.Alerts.Count == 0) return Text("[green]no alerts[/]");
        var table = New("alerts", "since", "severity", "why");
        foreach (var alert in snapshot.Slo.Alerts) table.AddRow(Text(Time(alert.Since)), Severity(alert.Severity), Text(Markup.Escape(alert.Message)));
        return table;
    }

    private static Table Events(TopSnapshot snapshot)
    {
        var table = New("events", "at", "severity", "what");
        foreach (var told in snapshot.Events.Events.Take(MostRows)) table.AddRow(Text(Time(told.At)), Severity(told.Severity), Text(Markup.Escape($"{told.Kind}: {told.Message}")));
        return table;
    }

    private static Table New(string title, params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle($"[bold]{Markup.Escape(title)}[/]") };
        foreach (var column in columns) table.AddColumn(new TableColumn($"[grey]{column}[/]") { NoWrap = columns[^1] != column });
        return table;
    }

    private static Grid Side(IRenderable left, IRenderable right) => new Grid().AddColumn().AddColumn().AddRow(left, right);

    /// <summary>Ten cells are the budget; what is over it is red.</summary>
    private static Markup Bar(double? value, double? budget)
    {
        if (value is not { } taken || budget is not { } most) return Text("");
        var cells = (int)Math.Min(20, Math.Round(taken / most * 10));
        return Text(taken > most ? $"[green]{new string('█', 10)}[/][red]{new string('█', Math.Max(1, cells - 10))}[/]" : $"[green]{new string('█', cells)}[/][grey]{new string('░', 10 - cells)}[/]");
    }

    private static Markup Burn(double? rate) => rate is not { } burn ? Right("–") : Right(Number(burn, "0.0"), burn >= 6 ? "red" : burn >= 1 ? "yellow" : "green");

    private static Markup Severity(string severity) => Text(severity switch { "page" => "[red]page[/]", "ticket" or "warning" => $"[yellow]{severity}[/]", _ => Markup.Escape(severity) });

    private static Markup Text(string markup) => new(markup);

    private static Markup Right(string text, string colour = "default") => new Markup($"[{colour}]{Markup.Escape(text)}[/]") { Justification = Justify.Right };

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    private static string Share(double? share) => share is { } value ? (value * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "–";

    private static string Usd(double? usd) => usd is { } value ? value.ToString("0.####", CultureInfo.InvariantCulture) + " USD" : "–";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
