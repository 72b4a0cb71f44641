namespace Slipway.Evaluation;

/// <summary>A measure over all queries.</summary>
/// <param name="Measure">What was measured.</param>
/// <param name="Mean">The arithmetic mean over the queries, 0 to 1; null when there was no query to measure, which is not 0.</param>
/// <param name="Queries">The number of queries in the mean.</param>
public sealed record MeasureResult(Measure Measure, double? Mean, int Queries);
