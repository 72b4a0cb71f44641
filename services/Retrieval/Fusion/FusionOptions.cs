namespace Slipway.Retrieval.Fusion;

/// <summary>The choice of fusion.</summary>
internal sealed record FusionOptions
{
    /// <summary><c>weighted</c> (default) or <c>reciprocal-rank</c>, which suits rankings of like quality: on SciFact LSA's is the weaker one, and rank fusion loses to keyword alone.</summary>
    public string Policy { get; init; } = WeightedFusion.Name;

    /// <summary>
    /// The share of the vector ranking in collections for which none was chosen from judged questions; the keyword ranking has the rest. 0 to 1, default 0.2: with the LSA embedder the best on SciFact's train queries, where hybrid
    /// is better than keyword alone from 0.05 to 0.3 and worse from 0.4 on (benchmarks/Retrieval.Bench).
    /// </summary>
    public double VectorWeight { get; init; } = 0.2;

    /// <summary>The constant k of reciprocal rank fusion. 1 to 1,000, default 60 (Cormack, Clarke and Büttcher 2009).</summary>
    public int RankConstant { get; init; } = 60;
}
