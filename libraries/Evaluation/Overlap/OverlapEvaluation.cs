namespace Slipway.Evaluation;

/// <summary>An approximate run measured against the exact one.</summary>
public sealed record OverlapEvaluation
{
    /// <summary>The name of the approximate run.</summary>
    public required string RunTag { get; init; }

    /// <summary>The mean over the queries; null when the exact run has no query.</summary>
    public required MeasureResult Result { get; init; }

    /// <summary>The queries in the mean, in ordinal order of their ids.</summary>
    public required IReadOnlyList<QueryOverlap> Queries { get; init; }

    /// <summary>Queries of the exact run without any approximate result; they score 0.</summary>
    public required int QueriesWithoutResults { get; init; }

    /// <summary>Queries of the approximate run without an exact result; there is nothing to compare them with, and they are ignored.</summary>
    public required int QueriesWithoutExact { get; init; }
}
