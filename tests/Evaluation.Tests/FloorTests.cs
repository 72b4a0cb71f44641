namespace Slipway.Evaluation.Tests;

public sealed class FloorTests
{
    [Theory]
    [InlineData("ndcg@10 >= 0.66", "ndcg@10", 0.66)]
    [InlineData("ndcg@10>=0.66", "ndcg@10", 0.66)]
    [InlineData("  map   >=   1 ", "map", 1)]
    [InlineData("overlap@10 >= 0.98", "overlap@10", 0.98)]
    [InlineData("mrr >= 0", "mrr", 0)]
    public void A_floor_is_a_measure_a_sign_and_a_number(string text, string measure, double least)
    {
        Assert.Equal(new Floor(Measure.Parse(measure), least), Floor.Parse(text));
        Assert.Equal(Floor.Parse(text), Floor.Parse(Floor.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ndcg@10")]
    [InlineData("ndcg@10 > 0.66")]
    [InlineData("ndcg@10 => 0.66")]
    [InlineData("ndcg@10 = 0.66")]
    [InlineData("ndcg@10 >= ")]
    [InlineData(">= 0.66")]
    [InlineData("ndcg >= 0,66")]
    [InlineData("ndcg >= 66%")]
    [InlineData("ndcg >= 1.01")]
    [InlineData("ndcg >= -0.1")]
    [InlineData("ndcg >= +0.1")]
    [InlineData("ndcg >= .5")]
    [InlineData("ndcg >= 1.")]
    [InlineData("ndcg >= 1e-3")]
    [InlineData("ndcg >= NaN")]
    [InlineData("ndcg >= 0.6 0.7")]
    [InlineData("ndcg >= 0.6 >= 0.5")]
    [InlineData("ndcg\t>= 0.6")]
    [InlineData("recall >= 0.6")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => Floor.Parse(text));

    [Fact]
    public void A_floor_that_no_mean_can_reach_or_miss_cannot_be_made()
    {
        foreach (var least in new[] { -0.01, 1.01, double.NaN }) Assert.Throws<ArgumentOutOfRangeException>(() => new Floor(Measure.Map(), least));
    }

    [Fact]
    public void All_bad_floors_are_named_at_once()
    {
        var thrown = Assert.Throws<FormatException>(() => Floor.ParseAll(["map >= 0.5", "f1 >= 0.5", "map >= 2", "map >= 0.6", "mrr"]));
        Assert.Equal(4, thrown.Message.Split('\n').Length);
        Assert.Contains("map has a floor already", thrown.Message);
        Assert.Equal(2, Floor.ParseAll(["map >= 0.5", "map@5 >= 0.5"]).Count);
    }
}
