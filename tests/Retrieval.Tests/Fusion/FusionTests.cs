using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Keyword;
using Xunit;

namespace Slipway.Retrieval.Tests.Fusion;

public sealed class FusionTests
{
    private static readonly ScoredChunk[] Keyword = [new(1, 8), new(2, 4), new(3, 2)];
    private static readonly ScoredChunk[] Vector = [new(3, 0.9), new(4, 0.5), new(5, -0.2)];

    [Fact]
    public void Weighted_fusion_sums_the_share_of_the_best_keyword_score_and_the_cosine()
    {
        var fused = new WeightedFusion().Fuse(Keyword, Vector, 0.5);
        Assert.Equal([3, 1, 2, 4, 5], fused.Select(chunk => chunk.Chunk));
        Assert.Equal((0.5 * 0.25) + (0.5 * 0.9), fused[0].Score, 9);
        Assert.Equal((2, 0.9), (fused[0].KeywordScore, fused[0].VectorScore));
        Assert.Equal((8, 0), (fused[1].KeywordScore, fused[1].VectorScore));
        Assert.Equal(0, fused[4].Score);
    }

    [Fact]
    public void Reciprocal_rank_fusion_sums_weights_over_k_plus_rank()
    {
        var fused = new ReciprocalRankFusion(new FusionOptions { RankConstant = 60 }).Fuse(Keyword, Vector, 0.5);
        Assert.Equal(3, fused[0].Chunk);
        Assert.Equal((0.5 / 63) + (0.5 / 61), fused[0].Score, 12);
        Assert.Equal([1, 2, 4, 5], fused.Skip(1).Select(chunk => chunk.Chunk));
    }

    [Fact]
    public void Without_one_ranking_the_other_is_kept_as_it_is()
    {
        foreach (var policy in new IFusionPolicy[] { new WeightedFusion(), new ReciprocalRankFusion(new FusionOptions()) })
        {
            Assert.Equal([1, 2, 3], policy.Fuse(Keyword, [], 0.2).Select(chunk => chunk.Chunk));
            Assert.Equal([3, 4], policy.Fuse([], Vector, 0.2).Select(chunk => chunk.Chunk).Take(2));
            Assert.Empty(policy.Fuse([], [], 0.2));
        }
    }

    [Fact]
    public void Equal_scores_are_ordered_by_chunk()
    {
        var fused = new WeightedFusion().Fuse([new(9, 1), new(4, 1), new(7, 1)], [], 0);
        Assert.Equal([4, 7, 9], fused.Select(chunk => chunk.Chunk));
    }
}
