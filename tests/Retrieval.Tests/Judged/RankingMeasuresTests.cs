using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

public sealed class RankingMeasuresTests
{
    private static Dictionary<string, int> Relevant(params string[] documents) => documents.ToDictionary(document => document, _ => 1);

    [Fact]
    public void Ndcg_is_that_of_trec_eval()
    {
        Assert.Equal(0.5, RankingMeasures.Ndcg(["a", "b", "c"], Relevant("c"), 10), 5);
        Assert.Equal(0.69343, RankingMeasures.Ndcg(["a", "b", "c"], Relevant("b", "c"), 10), 5);
        Assert.Equal(0, RankingMeasures.Ndcg(["a", "b", "c"], Relevant("c"), 2));
        Assert.Equal(0, RankingMeasures.Ndcg([], Relevant("c"), 10));
    }

    [Fact]
    public void Graded_judgments_gain_linearly()
    {
        var grades = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 0 };
        var ideal = 2 + (1 / Math.Log2(3));
        Assert.Equal((1 + (2 / Math.Log2(3))) / ideal, RankingMeasures.Ndcg(["a", "b", "c"], grades, 10), 12);
        Assert.Equal(1, RankingMeasures.Ndcg(["b", "a", "c"], grades, 10), 12);
    }

    [Fact]
    public void Recall_and_reciprocal_rank_count_every_grade_above_zero()
    {
        var grades = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 0 };
        Assert.Equal(0.5, RankingMeasures.Recall(["c", "b", "a"], grades, 2));
        Assert.Equal(0.5, RankingMeasures.ReciprocalRank(["c", "b", "a"], grades, 10));
        Assert.Equal(0, RankingMeasures.ReciprocalRank(["c", "b", "a"], grades, 1));
        Assert.Equal(0, RankingMeasures.Recall([], grades, 10));
    }
}
