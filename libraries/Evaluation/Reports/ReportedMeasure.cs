using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>A measure in a report.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Mean">Its mean, 0 to 1; null without data.</param>
/// <param name="Queries">The number of queries in the mean.</param>
/// <param name="Floor">The least the mean must be; null: none.</param>
/// <param name="Outcome">What became of the floor.</param>
public sealed record ReportedMeasure(Measure Measure, double? Mean, int Queries, double? Floor, FloorOutcome Outcome)
{
    /// <summary>The outcome in words, with the figures that explain it; empty without a floor.</summary>
    public string Explanation => Outcome switch
    {
        FloorOutcome.Pass => "pass",
        FloorOutcome.BelowFloor => string.Create(CultureInfo.InvariantCulture, $"below the floor: {Mean:R} < {Floor:R}"),
        FloorOutcome.NoData => "no data: nothing was measured, and that is no pass",
        _ => "",
    };
}
