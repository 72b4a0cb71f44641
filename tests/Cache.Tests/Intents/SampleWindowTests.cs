using Slipway.Cache.Intents.Trust;

namespace Slipway.Cache.Tests.Intents;

public sealed class SampleWindowTests
{
    [Fact]
    public void A_window_is_over_its_bound_only_with_enough_samples()
    {
        Assert.True(new SampleWindow(20, 2).IsOver(0.01, 20));
        Assert.False(new SampleWindow(19, 2).IsOver(0.01, 20));
        Assert.False(new SampleWindow(20, 1).IsOver(0.01, 20));
        Assert.False(new SampleWindow(500, 0).IsOver(0.0001, 20));
    }
}
