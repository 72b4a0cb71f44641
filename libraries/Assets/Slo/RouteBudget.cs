namespace Slipway.Assets.Slo;

/// <summary>
/// The time and cost budgets of one route. A stage that would overrun its share is degraded, never left to break the whole.
/// </summary>
/// <param name="EndToEnd">From the edge to the last byte of an answer that is not streamed, and to the first text of one that is. 100 ms to 10 min.</param>
/// <param name="WithoutModel">What all stages but the model may take together.</param>
/// <param name="Stream">How long a streamed answer may go on after its first text. 1 s to 1 h.</param>
/// <param name="StageBudgets">By <see cref="Stage"/>.</param>
/// <param name="CostPer1000">What 1,000 requests may cost, USD; null: no budget.</param>
/// <param name="FailureRate">The share of requests that may fail by the stack's fault (a status of 500 or more), more than 0 to 0.5; null: no objective.</param>
public sealed record RouteBudget(TimeSpan EndToEnd, TimeSpan WithoutModel, TimeSpan Stream, IReadOnlyList<TimeSpan> StageBudgets, double? CostPer1000 = null, double? FailureRate = null)
{
    /// <summary>The budget of a stage.</summary>
    public TimeSpan For(Stage stage) => StageBudgets[(int)stage];
}
