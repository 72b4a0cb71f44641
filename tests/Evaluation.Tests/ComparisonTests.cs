namespace Slipway.Evaluation.Tests;

public sealed class ComparisonTests
{
    private static readonly Measure Mrr = Measure.Mrr();

    [Fact]
    public void Wins_ties_and_losses_are_counted_query_by_query()
    {
        const string Judged = "q1: a=1; q2: a=1; q3: a=1; q4: a=1";
        var before = Given.Evaluation(Judged, "q1: b=2 a=1; q2: a=1; q3: a=2 b=1; q4: b=2 a=1", Mrr);
        var after = Given.Evaluation(Judged, "q1: a=1; q2: a=1; q3: b=2 a=1; q4: a=3", Mrr);
        var comparison = PairedComparison.Compare(before, after, Mrr);
        Assert.Equal((2, 1, 1), (comparison.Wins, comparison.Ties, comparison.Losses));
        Assert.Equal(0.125, comparison.MeanDifference!.Value, 12);
        Assert.Equal([0.5, 0.0, -0.5, 0.5], comparison.Queries.Select(q => q.Difference));
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_the_interval_holds_the_mean()
    {
        var (before, after) = Drawn(200, shift: 0.1);
        var first = PairedComparison.Compare(before, after, Mrr);
        var second = PairedComparison.Compare(before, after, Mrr);
        var other = PairedComparison.Compare(before, after, Mrr, new ComparisonOptions { Seed = 7 });
        Assert.Equal((first.Low, first.High), (second.Low, second.High));
        Assert.NotEqual((first.Low, first.High), (other.Low, other.High));
        Assert.InRange(first.MeanDifference!.Value, first.Low!.Value, first.High!.Value);
    }

    [Fact]
    public void The_interval_is_as_wide_as_the_normal_approximation_for_many_queries()
    {
        var (before, after) = Drawn(400, shift: 0.1);
        var comparison = PairedComparison.Compare(before, after, Mrr);
        var differences = comparison.Queries.Select(q => q.Difference).ToList();
        var mean = differences.Average();
        var error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / differences.Count / differences.Count);
        Assert.Equal(mean - (1.96 * error), comparison.Low!.Value, error * 0.15);
        Assert.Equal(mean + (1.96 * error), comparison.High!.Value, error * 0.15);
    }

    [Fact]
    public void More_confidence_makes_a_wider_interval()
    {
        var (before, after) = Drawn(100, shift: 0);
        var narrow = PairedComparison.Compare(before, after, Mrr, new ComparisonOptions { Confidence = 0.8 });
        var wide = PairedComparison.Compare(before, after, Mrr, new ComparisonOptions { Confidence = 0.99 });
        Assert.True(wide.Low < narrow.Low && wide.High > narrow.High);
    }

    [Fact]
    public void Equal_runs_differ_by_nothing()
    {
        var (before, _) = Drawn(50, shift: 0);
        var comparison = PairedComparison.Compare(before, before, Mrr);
        Assert.Equal((0.0, 0.0, 0.0, 50), (comparison.MeanDifference, comparison.Low, comparison.High, comparison.Ties));
    }

    [Fact]
    public void One_query_has_a_difference_but_no_interval_and_none_has_neither()
    {
        var one = Given.Evaluation("q: a=1", "q: a=1", Mrr);
        Assert.Equal((0.0, null, null), (PairedComparison.Compare(one, one, Mrr).MeanDifference, PairedComparison.Compare(one, one, Mrr).Low, PairedComparison.Compare(one, one, Mrr).High));
        var none = Given.Evaluation("", "q: a=1", Mrr);
        Assert.Null(PairedComparison.Compare(none, none, Mrr).MeanDifference);
    }

    [Fact]
    public void Evaluations_of_different_queries_are_not_compared()
    {
        var thrown = Assert.Throws<ArgumentException>(() => PairedComparison.Compare(
            Given.Evaluation("q1: a=1; q2: a=1", "q1: a=1", Mrr), Given.Evaluation("q2: a=1; q3: a=1", "q2: a=1", Mrr), Mrr));
        Assert.Contains("2 queries are in one evaluation only ('q1', 'q3')", thrown.Message);
    }

    [Fact]
    public void All_options_out_of_range_are_named_at_once()
    {
        var one = Given.Evaluation("q: a=1", "q: a=1", Mrr);
        var thrown = Assert.Throws<ArgumentException>(() =>
            PairedComparison.Compare(one, one, Mrr, new ComparisonOptions { Confidence = double.NaN, Resamples = 10, TieTolerance = -1 }));
        Assert.All(new[] { "Confidence", "Resamples", "TieTolerance" }, name => Assert.Contains(name, thrown.Message));
    }

    private static (RetrievalEvaluation Before, RetrievalEvaluation After) Drawn(int queries, double shift)
    {
        var random = new Random(11);
        var judgments = new Judgments(Enumerable.Range(0, queries).Select(i => new Judgment($"q{i}", "a", 1)));
        return (Evaluate(0), Evaluate(shift));

        RetrievalEvaluation Evaluate(double luck) => RetrievalEvaluator.Evaluate(judgments, new Run(Enumerable.Range(0, queries).SelectMany(i =>
        {
            var rank = random.NextDouble() < luck ? 0 : random.Next(5);
            return Enumerable.Range(0, 5).Select(r => new RunEntry($"q{i}", r == rank ? "a" : $"x{r}", -r));
        })), [Mrr]);
    }
}
