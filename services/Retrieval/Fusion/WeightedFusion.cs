using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Fusion;

/// <summary>
/// The weighted sum of normalised scores: BM25 as a share of the query's best, cosine as it is (never below 0). A chunk that one ranking lacks gets nothing from it.
/// Cosine is not stretched to 0..1 over the result: a query to which nothing is near should not have a certain best.
/// </summary>
internal sealed class WeightedFusion : IFusionPolicy
{
    public const string Name = "weighted";

    /// <inheritdoc />
    public IReadOnlyList<FusedChunk> Fuse(IReadOnlyList<ScoredChunk> keyword, IReadOnlyList<ScoredChunk> vector, double vectorWeight)
    {
        var best = keyword.Count > 0 ? keyword[0].Score : 0;
        return FusedRanking.Make(
            keyword,
            vector,
            (_, score) => best > 0 ? (1 - vectorWeight) * score / best : 0,
            (_, score) => vectorWeight * Math.Max(0, score));
    }
}
