namespace Slipway.Evaluation.Tests;

public sealed class EvaluatorTests
{
    [Fact]
    public void A_judged_query_without_results_scores_0_and_is_in_the_mean()
    {
        var evaluation = Given.Evaluation("q1: a=1; q2: a=1", "q1: a=1", Measure.Ndcg(10), Measure.Map());
        Assert.Equal(0.5, evaluation[Measure.Ndcg(10)].Mean);
        Assert.Equal(0.5, evaluation[Measure.Map()].Mean);
        Assert.Equal(2, evaluation[Measure.Map()].Queries);
        Assert.Equal(1, evaluation.QueriesWithoutResults);
        Assert.Equal([1.0, 0.0], evaluation.ValuesOf(Measure.Map()));
    }

    [Fact]
    public void A_query_without_a_relevant_judgment_is_left_out_of_the_mean_and_told()
    {
        var evaluation = Given.Evaluation("q1: a=1; q2: a=0 b=-1", "q1: a=1; q2: a=1", Measure.Mrr(10));
        Assert.Equal(1, evaluation[Measure.Mrr(10)].Mean);
        Assert.Equal("q1", Assert.Single(evaluation.Queries).QueryId);
        Assert.Equal((2, 1), (evaluation.JudgedQueries, evaluation.QueriesWithoutRelevant));
    }

    [Fact]
    public void A_query_that_nobody_judged_is_ignored_and_told()
    {
        var evaluation = Given.Evaluation("q1: a=1", "q1: a=1; q9: a=1", Measure.Mrr());
        Assert.Equal((1.0, 1), (evaluation.Measures[0].Mean, evaluation.UnjudgedQueries));
    }

    [Fact]
    public void Without_a_query_to_measure_there_is_no_mean_instead_of_0()
    {
        Assert.Null(Given.Evaluation("", "q1: a=1", Measure.Mrr()).Measures[0].Mean);
        Assert.Null(Given.Evaluation("q1: a=0", "q1: a=1", Measure.Mrr()).Measures[0].Mean);
    }

    [Fact]
    public void Each_query_tells_what_is_relevant_what_was_found_and_its_values_in_the_order_asked_for()
    {
        var query = Given.Evaluation("q: a=2 b=1 c=0 x=1", "q: c=3 a=2 z=1", Measure.Precision(2), Measure.Recall(2), Measure.Mrr()).Queries[0];
        Assert.Equal((3, 3, 1), (query.Relevant, query.Retrieved, query.RelevantRetrieved));
        Assert.Equal([0.5, 1.0 / 3, 0.5], query.Values);
    }

    [Fact]
    public void Measures_must_be_there_once_and_need_judgments_only()
    {
        Assert.Throws<ArgumentException>(() => Given.Evaluation("q: a=1", "q: a=1"));
        Assert.Throws<ArgumentException>(() => Given.Evaluation("q: a=1", "q: a=1", Measure.Map(), Measure.Map()));
        Assert.Contains("exact run", Assert.Throws<ArgumentException>(() => Given.Evaluation("q: a=1", "q: a=1", Measure.Overlap(5))).Message);
        Assert.Throws<KeyNotFoundException>(() => Given.Evaluation("q: a=1", "q: a=1", Measure.Map())[Measure.Map(5)]);
    }
}
