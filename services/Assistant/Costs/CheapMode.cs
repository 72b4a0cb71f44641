using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;
using Slipway.Flags;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Costs;

/// <summary>
/// Keeps what each route costs, and asks the small models instead of the release's while the flag <c>cheap</c> says so. The flag's rule sees <c>targetingKey</c> and <c>tenant</c>, <c>route</c>,
/// <c>release</c>, <c>overBudget</c>, <c>costPer1000</c> and <c>budgetPer1000</c> (USD); the one that is shipped is on while the route is over its budget. Figures are of this replica: of what
/// it answered itself, which is a fair sample of the route.
/// </summary>
internal sealed partial class CheapMode
{
    /// <summary>The flag.</summary>
    public const string Flag = "cheap";

    private readonly FlagFile _flags;
    private readonly BudgetTable _budgets;
    private readonly ModelCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly ILogger<CheapMode> _logger;
    private readonly ConcurrentDictionary<string, RouteCost> _routes = new(StringComparer.Ordinal);

    public CheapMode(FlagFile flags, BudgetTable budgets, ModelCatalog catalog, TimeProvider time, ILogger<CheapMode> logger)
    {
        (_flags, _budgets, _catalog, _time, _logger) = (flags, budgets, catalog, time, logger);
        SlipwayTelemetry.Meter.CreateObservableGauge(
            "slipway.cost.per_1000_requests", () => Measure(cost => cost.Figures.Per1000), "{USD}", "USD per 1,000 requests of the last ten minutes, by route.");
        SlipwayTelemetry.Meter.CreateObservableGauge("slipway.cost.over_budget", () => Measure(cost => cost.IsOver ? 1 : 0), "{state}", "Whether a route is over its cost budget: 1 or 0.");
    }

    /// <summary>The costs of a route.</summary>
    public RouteCost Of(string route) => _routes.TryGetValue(route, out var cost) ? cost : _routes.GetOrAdd(route, _ => new RouteCost(_time));

    /// <summary>The release's models, or the small ones in front of them; the latter is named as <c>flags=cheap</c>.</summary>
    public ReleaseBinding Choose(ReleaseBinding binding, RequestRun run, string tenant)
    {
        if (_catalog.Cheap(binding) is not { } cheap || !IsOn(binding, run, tenant)) return binding;
        run.InsteadOf = binding.Models[0];
        run.Degrade(Stage.Flags, Flag, Of(run.Route).IsOver ? "over_budget" : "flag");
        return cheap;
    }

    /// <summary>Counts an answer.</summary>
    /// <param name="run">Its request.</param>
    /// <param name="usage">Its tokens.</param>
    /// <param name="cost">What it cost, USD.</param>
    public void Count(RequestRun run, Usage usage, double cost)
    {
        var full = cost;
        if (run.InsteadOf is { } model && run.Cache != "output")
            full = Math.Max(cost, (usage.PromptTokens * model.InputCostPerToken) + (usage.CompletionTokens * model.OutputCostPerToken) + run.RetrievalCostUsd);
        var budget = _budgets.For(run.Route).CostPer1000;
        var route = Of(run.Route);
        if (!route.Add(cost, full, budget)) return;
        if (route.IsOver) LogOver(run.Route, route.Figures.FullPer1000, budget!.Value);
        else LogBack(run.Route, route.Figures.FullPer1000, budget!.Value);
    }

    private bool IsOn(ReleaseBinding binding, RequestRun run, string tenant)
    {
        var route = Of(run.Route);
        var context = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["targetingKey"] = tenant,
            ["tenant"] = tenant,
            ["route"] = run.Route,
            ["release"] = binding.Release.Name,
            ["overBudget"] = route.IsOver,
            ["costPer1000"] = route.Figures.Per1000,
            ["budgetPer1000"] = _budgets.For(run.Route).CostPer1000,
        };
        return _flags.Flags.Evaluate(Flag, context).AsBoolean(fallback: false);
    }

    private IEnumerable<Measurement<double>> Measure(Func<RouteCost, double> read) =>
        _routes.Select(route => new Measurement<double>(read(route.Value), new KeyValuePair<string, object?>("slipway.route", route.Key)));

    [LoggerMessage(1, LogLevel.Warning, "1,000 requests of {Route} cost {Cost:0.####} USD, more than their budget of {Budget:0.####}.")]
    private partial void LogOver(string route, double cost, double budget);

    [LoggerMessage(2, LogLevel.Information, "1,000 requests of {Route} cost {Cost:0.####} USD with the release's models, within their budget of {Budget:0.####} again.")]
    private partial void LogBack(string route, double cost, double budget);
}
