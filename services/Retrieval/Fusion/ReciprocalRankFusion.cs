using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Fusion;

/// <summary>Weighted reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): weight / (k + rank), summed over the rankings. Blind to scores, so nothing needs normalising.</summary>
internal sealed class ReciprocalRankFusion(FusionOptions options) : IFusionPolicy
{
    public const string Name = "reciprocal-rank";

    /// <inheritdoc />
    public IReadOnlyList<FusedChunk> Fuse(IReadOnlyList<ScoredChunk> keyword, IReadOnlyList<ScoredChunk> vector, double vectorWeight) => FusedRanking.Make(
        keyword,
        vector,
        (rank, _) => (1 - vectorWeight) / (options.RankConstant + rank),
        (rank, _) => vectorWeight / (options.RankConstant + rank));
}
