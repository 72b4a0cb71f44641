namespace Slipway.Evaluation;

/// <summary>What a paired comparison of two runs found.</summary>
public sealed record RunComparison
{
    /// <summary>What was compared.</summary>
    public required Measure Measure { get; init; }

    /// <summary>The queries of both runs, in ordinal order of their ids.</summary>
    public required IReadOnlyList<QueryDifference> Queries { get; init; }

    /// <summary>The mean of candidate - baseline, -1 to 1; null without a query.</summary>
    public required double? MeanDifference { get; init; }

    /// <summary>The lower bound of the interval of the mean difference; null with fewer than two queries, which say nothing about spread.</summary>
    public required double? Low { get; init; }

    /// <summary>The upper bound of the interval; null with fewer than two queries.</summary>
    public required double? High { get; init; }

    /// <summary>The confidence of the interval.</summary>
    public required double Confidence { get; init; }

    /// <summary>Queries on which the candidate is better.</summary>
    public required int Wins { get; init; }

    /// <summary>Queries on which both are equal.</summary>
    public required int Ties { get; init; }

    /// <summary>Queries on which the candidate is worse.</summary>
    public required int Losses { get; init; }
}
