namespace Slipway.Evaluation.Tests;

public sealed class OverlapTests
{
    [Fact]
    public void The_overlap_is_the_part_of_the_exact_neighbours_that_was_found()
    {
        Assert.Equal(0.5, OverlapRecall.Of(["a", "x", "b", "y"], ["a", "b", "c", "d"], 4));
        Assert.Equal(0.5, OverlapRecall.Of(["a", "x", "b"], ["a", "b"], 2));
    }

    [Fact]
    public void Fewer_than_k_exact_neighbours_can_be_found_wholly()
    {
        Assert.Equal(1, OverlapRecall.Of(["b", "x", "a"], ["a", "b"], 10));
        Assert.Equal(0.5, OverlapRecall.Of(["b"], ["a", "b"], 10));
    }

    [Fact]
    public void An_id_that_the_index_answers_twice_counts_once()
    {
        Assert.Equal(0.5, OverlapRecall.Of(["a", "a"], ["a", "b"], 2));
    }

    [Fact]
    public void Without_exact_neighbours_there_is_no_overlap_to_tell()
    {
        Assert.Null(OverlapRecall.Of(["a"], [], 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => OverlapRecall.Of(["a"], ["a"], 0));
    }

    [Fact]
    public void Runs_are_compared_over_the_queries_of_the_exact_one()
    {
        var evaluation = OverlapRecall.Evaluate(Given.Run("q1: a=3 b=2 x=1; q9: a=1"), Given.Run("q1: a=9 b=8 c=7; q2: a=1"), 3);
        Assert.Equal(Measure.Overlap(3), evaluation.Result.Measure);
        Assert.Equal(1.0 / 3, evaluation.Result.Mean!.Value, 12);
        Assert.Equal((2, 1, 1), (evaluation.Result.Queries, evaluation.QueriesWithoutResults, evaluation.QueriesWithoutExact));
        Assert.Equal([new QueryOverlap("q1", 3, 2), new QueryOverlap("q2", 1, 0)], evaluation.Queries);
        Assert.Null(OverlapRecall.Evaluate(Given.Run("q1: a=1"), Given.Run(""), 3).Result.Mean);
    }

    [Fact]
    public void A_worse_index_lowers_the_overlap_and_a_worse_model_lowers_the_exact_run_s_ndcg_only()
    {
        const string Judged = "q: a=1 b=1";
        var exact = Given.Run("q: a=9 b=8 c=7");
        var worseModelExact = Given.Run("q: c=9 d=8 a=7");
        var worseIndex = Given.Run("q: c=7 d=6 e=5");

        Assert.True(OverlapRecall.Evaluate(worseIndex, exact, 3).Result.Mean < 0.5);
        Assert.Equal(1, RetrievalEvaluator.Evaluate(Given.Judgments(Judged), exact, [Measure.Ndcg(3)]).Measures[0].Mean);

        Assert.Equal(1, OverlapRecall.Evaluate(worseModelExact, worseModelExact, 3).Result.Mean);
        Assert.True(RetrievalEvaluator.Evaluate(Given.Judgments(Judged), worseModelExact, [Measure.Ndcg(3)]).Measures[0].Mean < 0.5);
    }
}
