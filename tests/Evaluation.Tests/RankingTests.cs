namespace Slipway.Evaluation.Tests;

public sealed class RankingTests
{
    [Fact]
    public void The_highest_score_comes_first_whatever_order_the_entries_came_in()
    {
        Assert.Equal(["c", "a", "b"], Ids(Given.Run("q: a=0.5 b=-3 c=1e3")));
    }

    [Fact]
    public void Equal_scores_are_ranked_by_document_id_descending()
    {
        Assert.Equal(["z", "b", "a", "Z", "9", "10"], Ids(Given.Run("q: 10=1 a=1 Z=1 b=1 9=1 z=1")));
        Assert.Equal(1, Given.Mean("q: b=1", "q: a=1 b=1", "mrr"));
        Assert.Equal(0.5, Given.Mean("q: a=1", "q: a=1 b=1", "mrr"));
    }

    [Fact]
    public void Lists_that_are_in_order_already_stay_in_it()
    {
        var run = Run.FromRankings([new("q", ["b", "z", "a"]), new("r", [])], "fused");
        Assert.Equal([new("b", 3), new("z", 2), new("a", 1)], run.Ranked("q"));
        Assert.Equal(["q"], run.QueryIds);
        Assert.Throws<ArgumentException>(() => Run.FromRankings([new("q", ["a", "a"])]));
    }

    [Fact]
    public void A_longer_id_comes_before_its_own_beginning()
    {
        Assert.Equal(["doc10", "doc1", "doc"], Ids(Given.Run("q: doc=1 doc1=1 doc10=1")));
    }

    [Fact]
    public void Ids_are_compared_by_code_point_as_their_bytes_in_utf8_are()
    {
        // U+1F600 is above U+FFFD, though its first UTF-16 unit is below.
        Assert.Equal(["\U0001F600", "\uFFFD", "\uE000", "\uD7FF", "ä", "z"], Ids(Given.Run("q: \uE000=1 z=1 \U0001F600=1 ä=1 \uFFFD=1 \uD7FF=1")));
    }

    [Fact]
    public void Scores_that_differ_in_the_last_bit_are_no_tie()
    {
        var run = new Run([new RunEntry("q", "z", 0.3), new RunEntry("q", "a", Math.BitIncrement(0.3))]);
        Assert.Equal(["a", "z"], Ids(run));
    }

    [Fact]
    public void Minus_zero_and_zero_are_a_tie()
    {
        Assert.Equal(["b", "a"], Ids(new Run([new RunEntry("q", "a", 0.0), new RunEntry("q", "b", -0.0)])));
    }

    [Fact]
    public void A_document_that_comes_twice_is_refused_also_with_another_score()
    {
        var thrown = Assert.Throws<ArgumentException>(() => new Run([new RunEntry("q", "a", 1), new RunEntry("q", "b", 2), new RunEntry("q", "a", 3)]));
        Assert.Contains("'a' comes twice for query 'q'", thrown.Message);
        Assert.Throws<ArgumentException>(() => new Judgments([new Judgment("q", "a", 1), new Judgment("q", "a", 0)]));
    }

    [Fact]
    public void Empty_ids_and_scores_that_are_not_finite_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Run([new RunEntry("", "a", 1)]));
        Assert.Throws<ArgumentException>(() => new Run([new RunEntry("q", "", 1)]));
        Assert.Throws<ArgumentException>(() => new Run([new RunEntry("q", "a", double.NaN)]));
        Assert.Throws<ArgumentException>(() => new Run([new RunEntry("q", "a", double.NegativeInfinity)]));
        Assert.Throws<ArgumentException>(() => new Judgments([new Judgment("q", "", 1)]));
    }

    private static IEnumerable<string> Ids(Run run) => run.Ranked("q").Select(d => d.DocumentId);
}
