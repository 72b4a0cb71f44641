using Slipway.Evaluation.Statistics;

namespace Slipway.Evaluation.Tests;

public sealed class WilsonIntervalTests
{
    // By statsmodels' proportion_confint(method="wilson").
    [Theory]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(1, 20, 0.0089, 0.2361)]
    [InlineData(2, 20, 0.0279, 0.3010)]
    [InlineData(50, 100, 0.4038, 0.5962)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(0, 0, 0, 1)]
    public void The_interval_is_Wilsons(int hits, int samples, double lower, double upper)
    {
        var interval = WilsonInterval.Of(samples == 0 ? 0 : (double)hits / samples, samples);
        Assert.Equal(lower, interval.Lower, 0.0001);
        Assert.Equal(upper, interval.Upper, 0.0001);
    }

    [Theory]
    [InlineData(-0.01, 10)]
    [InlineData(1.01, 10)]
    [InlineData(double.NaN, 10)]
    [InlineData(0.5, -1)]
    public void What_is_no_share_is_refused(double share, int samples) => Assert.Throws<ArgumentOutOfRangeException>(() => WilsonInterval.Of(share, samples));
}
