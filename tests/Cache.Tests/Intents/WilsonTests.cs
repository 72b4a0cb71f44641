using Slipway.Cache.Intents.Trust;

namespace Slipway.Cache.Tests.Intents;

public sealed class WilsonTests
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
        var interval = Wilson.Interval(hits, samples);
        Assert.Equal(lower, interval.Lower, 0.0001);
        Assert.Equal(upper, interval.Upper, 0.0001);
    }

    [Fact]
    public void A_window_is_over_its_bound_only_with_enough_samples()
    {
        Assert.True(new SampleWindow(20, 2).IsOver(0.01, 20));
        Assert.False(new SampleWindow(19, 2).IsOver(0.01, 20));
        Assert.False(new SampleWindow(20, 1).IsOver(0.01, 20));
        Assert.False(new SampleWindow(500, 0).IsOver(0.0001, 20));
    }
}
