namespace Slipway.Retrieval.Fusion;

/// <summary>The choice of fusion.</summary>
internal sealed record FusionOptions
{
    /// <summary><c>weighted</c> (default) or <c>reciprocal-rank</c>.</summary>
    public string Policy { get; init; } = WeightedFusion.Name;

    /// <summary>The share of the vector ranking; the keyword ranking has the rest. 0 to 1.</summary>
    public double VectorWeight { get; init; } = 0.3;

    /// <summary>The constant k of reciprocal rank fusion. 1 to 1,000, default 60 (Cormack, Clarke and Büttcher 2009).</summary>
    public int RankConstant { get; init; } = 60;
}
