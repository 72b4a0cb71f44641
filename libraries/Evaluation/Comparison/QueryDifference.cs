namespace Slipway.Evaluation;

/// <summary>One query in both runs.</summary>
/// <param name="QueryId">The query.</param>
/// <param name="Baseline">The baseline's value, 0 to 1.</param>
/// <param name="Candidate">The candidate's value, 0 to 1.</param>
public sealed record QueryDifference(string QueryId, double Baseline, double Candidate)
{
    /// <summary>Candidate - baseline, -1 to 1; above 0: the candidate is better.</summary>
    public double Difference => Candidate - Baseline;
}
