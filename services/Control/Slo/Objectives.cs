using Slipway.Assets.Slo;
using Slipway.Control.Kpis;

namespace Slipway.Control.Slo;

/// <summary>What a route is held to.</summary>
/// <param name="Name">end_to_end, without_model, a stage, failures or cost.</param>
/// <param name="Histogram">The histogram of the roll-ups that a time budget is compared with; null for the other objectives.</param>
internal sealed record Objective(string Name, string? Histogram)
{
    internal const string EndToEnd = "end_to_end";
    internal const string WithoutModel = "without_model";
    internal const string Failures = "failures";
    internal const string Cost = "cost";

    /// <summary>All of them: the time budgets first; the index is that of a tally's counts.</summary>
    internal static readonly IReadOnlyList<Objective> All =
    [
        new(EndToEnd, KpiCell.Answered),
        new(WithoutModel, KpiCell.WithoutModel),
        .. Stages.Names.Select(stage => new Objective(stage, stage == "model" ? KpiCell.ModelAnswered : stage)),
        new(Failures, null),
        new(Cost, null),
    ];

    /// <summary>How many of them are time budgets.</summary>
    internal static readonly int Times = All.Count(objective => objective.Histogram is not null);

    /// <summary>The target in a route's settings: milliseconds, a share or USD per 1,000 requests; null where the route has none.</summary>
    internal double? TargetOf(SloSettings settings, string route)
    {
        var budget = settings.For(route);
        return Name switch
        {
            Failures => budget.FailureRate,
            Cost => budget.CostPer1000,
            _ when !settings.HasTimeObjectives(route) => null,
            EndToEnd => budget.EndToEnd.TotalMilliseconds,
            WithoutModel => budget.WithoutModel.TotalMilliseconds,
            _ => budget.For(Enum.Parse<Stage>(Name, ignoreCase: true)).TotalMilliseconds,
        };
    }
}
