namespace Slipway.Evaluation.Tests;

public sealed class MeasureTests
{
    private const string Ranking = "q: a=9 b=8 c=7 d=6 e=5";

    [Fact]
    public void One_relevant_document_at_rank_3_gives_an_ndcg_of_one_half()
    {
        Assert.Equal(0.5, Given.Mean("q: c=1", Ranking, "ndcg@10"), 12);
        Assert.Equal(0.5, Given.Mean("q: c=1", Ranking, "ndcg@3"), 12);
        Assert.Equal(0, Given.Mean("q: c=1", Ranking, "ndcg@2"));
    }

    [Fact]
    public void Two_relevant_documents_at_ranks_2_and_3_of_3_give_an_ndcg_of_0_69343()
    {
        Assert.Equal(0.69343, Given.Mean("q: b=1 c=1", "q: a=3 b=2 c=1", "ndcg@10"), 5);
        Assert.Equal(0.69343, Given.Mean("q: b=1 c=1", "q: a=3 b=2 c=1", "ndcg"), 5);
    }

    [Fact]
    public void The_gain_of_ndcg_is_the_grade_itself_and_not_a_power_of_it()
    {
        // DCG = 1/log2(2) + 3/log2(3) = 2.89279; ideal = 3/log2(2) + 1/log2(3) = 3.63093.
        Assert.Equal(0.79671, Given.Mean("q: a=1 b=3", Ranking, "ndcg@10"), 5);
    }

    [Fact]
    public void The_ideal_ranking_holds_all_judged_documents_also_those_that_were_not_found()
    {
        // Found: grade 1 at rank 1. Ideal: 2, 1, 1 = 2 + 0.63093 + 0.5 = 3.13093; cut at 1 it is 2.
        Assert.Equal(1 / 3.13093, Given.Mean("q: a=1 x=2 y=1", Ranking, "ndcg@10"), 5);
        Assert.Equal(0.5, Given.Mean("q: a=1 x=2 y=1", Ranking, "ndcg@1"), 12);
    }

    [Fact]
    public void Recall_is_divided_by_all_relevant_documents()
    {
        Assert.Equal(2.0 / 3, Given.Mean("q: a=1 d=1 x=1", Ranking, "recall@4"), 12);
        Assert.Equal(1.0 / 3, Given.Mean("q: a=1 d=1 x=1", Ranking, "recall@3"), 12);
    }

    [Fact]
    public void Precision_is_divided_by_k_although_there_are_fewer_results()
    {
        Assert.Equal(0.2, Given.Mean("q: a=1 d=1", Ranking, "precision@10"), 12);
        Assert.Equal(0.5, Given.Mean("q: a=1 d=1", Ranking, "precision@4"), 12);
    }

    [Fact]
    public void The_reciprocal_rank_is_that_of_the_first_relevant_document_within_the_cut()
    {
        Assert.Equal(0.25, Given.Mean("q: d=1 e=3", Ranking, "mrr"), 12);
        Assert.Equal(0.25, Given.Mean("q: d=1 e=3", Ranking, "mrr@4"), 12);
        Assert.Equal(0, Given.Mean("q: d=1 e=3", Ranking, "mrr@3"));
    }

    [Fact]
    public void Average_precision_is_divided_by_all_relevant_documents_at_a_cut_too()
    {
        // Relevant at ranks 1, 3, 5 and one not found: (1 + 2/3 + 3/5) / 4.
        Assert.Equal((1 + (2.0 / 3) + (3.0 / 5)) / 4, Given.Mean("q: a=1 c=1 e=1 x=1", Ranking, "map"), 12);
        Assert.Equal(1.0 / 4, Given.Mean("q: a=1 c=1 e=1 x=1", Ranking, "map@2"), 12);
        Assert.Equal((1 + (2.0 / 3)) / 4, Given.Mean("q: a=1 c=1 e=1 x=1", Ranking, "map@3"), 12);
    }

    [Fact]
    public void Negative_grades_count_as_not_relevant_and_take_nothing_away()
    {
        foreach (var measure in new[] { "ndcg@5", "map", "mrr", "recall@5", "precision@5" })
            Assert.Equal(Given.Mean("q: a=0 b=2 c=0", Ranking, measure), Given.Mean("q: a=-2 b=2 c=-1", Ranking, measure));
    }

    [Fact]
    public void Documents_without_a_judgment_are_not_relevant_but_take_a_rank()
    {
        Assert.Equal(0.5, Given.Mean("q: known=1", "q: unknown=2 known=1", "mrr"), 12);
        Assert.Equal(0.5, Given.Mean("q: known=1", "q: unknown=2 known=1", "precision@2"), 12);
    }

    [Theory]
    [InlineData("ndcg@10")]
    [InlineData("ndcg")]
    [InlineData("map")]
    [InlineData("map@100")]
    [InlineData("mrr@1")]
    [InlineData("mrr")]
    [InlineData("recall@1000000")]
    [InlineData("precision@7")]
    [InlineData("overlap@10")]
    public void A_name_reads_back_as_the_same_measure(string name) => Assert.Equal(name, Measure.Parse(name).Name);

    [Theory]
    [InlineData("")]
    [InlineData("recall")]
    [InlineData("precision")]
    [InlineData("overlap")]
    [InlineData("NDCG@10")]
    [InlineData("ndcg@")]
    [InlineData("ndcg@0")]
    [InlineData("ndcg@010")]
    [InlineData("ndcg@-1")]
    [InlineData("ndcg@+1")]
    [InlineData("ndcg@1.5")]
    [InlineData("ndcg@1000001")]
    [InlineData("ndcg@99999999999")]
    [InlineData("ndcg @10")]
    [InlineData(" ndcg@10")]
    [InlineData("ndcg@10@10")]
    [InlineData("ndcg@１０")]
    [InlineData("f1@10")]
    public void What_is_no_measure_is_refused_with_the_names_there_are(string name)
    {
        Assert.False(Measure.TryParse(name, out _));
        Assert.Contains("recall@k", Assert.Throws<FormatException>(() => Measure.Parse(name)).Message);
    }

    [Fact]
    public void A_cut_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Measure.Ndcg(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Measure.Recall(Measure.LargestCutoff + 1));
    }
}
