using System.Globalization;
using Slipway.Assets.Slo;
using Slipway.Cli.Edge;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Trace;

/// <summary>One stage of a request.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="StartMs">The time of the stages before it.</param>
/// <param name="Ms">What it took.</param>
/// <param name="ComparedMs">What its budget is compared with: less than it took for the model of a stream, whose budget ends with the first text.</param>
/// <param name="BudgetMs">Its budget; null where the route has none.</param>
internal sealed record Step(string Stage, double StartMs, double Ms, double ComparedMs, double? BudgetMs)
{
    public bool Over => ComparedMs > BudgetMs;
}

/// <summary>The stages of a request in the order of the request path, against its budgets. A record has what each stage took in all, so that each begins here where the one before it ends.</summary>
internal sealed class Waterfall
{
    private const int Width = 40;

    private readonly RequestDetails _request;

    public Waterfall(RequestDetails request, Slo slo)
    {
        _request = request;
        var known = slo.Routes.Any(entry => entry.Route == request.Route);
        var objectives = known || SloSettings.DefaultHoldsTimesOf(request.Route) ? slo.Of(request.Route) : new Dictionary<string, SloObjective>();
        var steps = new List<Step>();
        double start = 0;
        foreach (var stage in Stages.Names.Where(request.StagesMs.ContainsKey).Concat(request.StagesMs.Keys.Except(Stages.Names).Order(StringComparer.Ordinal)))
        {
            var ms = request.StagesMs[stage];
            var compared = stage == "model" && request is { Stream: true, FirstTokenMs: { } first } ? Math.Clamp(first - start, 0, ms) : ms;
            steps.Add(new Step(stage, start, ms, compared, objectives.GetValueOrDefault(stage)?.Target));
            start += ms;
        }

        Steps = steps;
        var answered = request is { Stream: true, FirstTokenMs: { } text } ? text : request.TotalMs;
        EndToEnd = new Step("end to end", 0, request.TotalMs, answered, objectives.GetValueOrDefault("end_to_end")?.Target);
        var withoutModel = steps.Where(step => step.Stage != "model").Sum(step => step.Ms);
        WithoutModel = new Step("without model", 0, withoutModel, withoutModel, objectives.GetValueOrDefault("without_model")?.Target);
    }

    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The whole request; of a stream, its first text is compared.</summary>
    public Step EndToEnd { get; }

    public Step WithoutModel { get; }

    public IEnumerable<Step> Over => Steps.Append(WithoutModel).Append(EndToEnd).Where(step => step.Over);

    public IRenderable Draw()
    {
        var request = _request;
        var head = new Markup(
            $"[bold]{Markup.Escape(request.RequestId)}[/] · {request.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff} UTC · {Markup.Escape(request.Tenant)} · {Markup.Escape(request.Route)} · {Markup.Escape(request.Release)} · "
            + $"{(request.Status < 400 ? "[green]" : "[red]")}{request.Status}{Markup.Escape(request.ErrorCode is { } code ? " " + code : "")}[/]");
        var facts = new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"model {Markup.Escape(request.Model.Length > 0 ? request.Model : "–")} · cache {Markup.Escape(request.Cache)} · degraded {Markup.Escape(request.Degraded.Count > 0 ? string.Join(", ", request.Degraded) : "–")} · {request.PromptTokens:N0} + {request.CompletionTokens:N0} tokens · {request.CostUsd:0.######} USD · confidence {request.Confidence:0.##}"));
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in (string[])["stage", "start ms", "ms", "budget", "", "when"]) table.AddColumn(new TableColumn($"[grey]{column}[/]") { NoWrap = true });
        foreach (var step in Steps) Row(step, "");
        Row(WithoutModel, "[grey]");
        Row(EndToEnd, "[grey]");
        var over = Over.Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Stage} by {step.ComparedMs - step.BudgetMs:N1} ms")).ToList();
        return new Rows(head, facts, table, new Markup(over.Count == 0 ? "[green]within its budgets[/]" : $"[red]over budget: {Markup.Escape(string.Join(", ", over))}[/]"));

        void Row(Step step, string style)
        {
            var whole = Math.Max(Steps.Sum(entry => entry.Ms), request.TotalMs);
            var from = whole > 0 ? (int)(step.StartMs / whole * Width) : 0;
            var cells = whole > 0 ? Math.Clamp((int)Math.Round(step.Ms / whole * Width), 1, Width - Math.Min(from, Width - 1)) : 0;
            table.AddRow(
                new Markup(Markup.Escape(step.Stage)),
                Number(style.Length > 0 ? null : step.StartMs), Number(step.Ms), Number(step.BudgetMs),
                new Markup(step.BudgetMs is null ? "" : step.Over ? $"[red]{(step.ComparedMs / step.BudgetMs.Value).ToString("0.0", CultureInfo.InvariantCulture)}×[/]" : "[green]ok[/]"),
                new Markup($"{new string(' ', Math.Min(from, Width - 1))}[{(step.Over ? "red" : style.Length > 0 ? "grey" : "blue")}]{new string('█', cells)}[/]"));
        }

        static Markup Number(double? value) => new Markup(value?.ToString("N1", CultureInfo.InvariantCulture) ?? "") { Justification = Justify.Right };
    }
}
