using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Fusion;

/// <summary>A chunk after fusion.</summary>
/// <param name="Chunk">Its number.</param>
/// <param name="Score">The fused score, comparable only within one result.</param>
/// <param name="KeywordScore">The keyword index's score, or 0.</param>
/// <param name="VectorScore">The cosine similarity, or 0.</param>
internal readonly record struct FusedChunk(long Chunk, double Score, double KeywordScore, double VectorScore);

/// <summary>How the two rankings of a hybrid search become one. Chosen by name: <c>Slipway:Retrieval:Fusion:Policy</c>.</summary>
internal interface IFusionPolicy
{
    /// <summary>Fuses two rankings, each best first. The result is ordered by score, equal scores by chunk number.</summary>
    /// <param name="keyword">The keyword ranking.</param>
    /// <param name="vector">The vector ranking.</param>
    /// <param name="vectorWeight">The share of the vector ranking: 0 to 1; the keyword ranking has the rest.</param>
    IReadOnlyList<FusedChunk> Fuse(IReadOnlyList<ScoredChunk> keyword, IReadOnlyList<ScoredChunk> vector, double vectorWeight);
}
