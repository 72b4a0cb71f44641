using Slipway.Cache.Entries;
using Slipway.Cache.Options;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Entries;

public sealed class EntryLifetimesTests
{
    [Theory]
    [InlineData(5, 0.1, 5, 5.5)]
    [InlineData(10, 0.1, 9, 11)]
    [InlineData(30, 0.1, 27, 30)]
    [InlineData(30, 0.5, 15, 30)]
    [InlineData(12, 0, 12, 12)]
    public void Times_to_live_are_drawn_evenly_and_stay_within_5_to_30_minutes(double ttl, double jitter, double least, double most)
    {
        var lifetimes = new EntryLifetimes(new CacheOptions { OutputTtl = TimeSpan.FromMinutes(ttl), Jitter = jitter }, new Random(1));

        var drawn = Enumerable.Range(0, 2000).Select(_ => lifetimes.Next(CacheTier.Output).TotalMinutes).ToList();

        Assert.All(drawn, value => Assert.InRange(value, least - 1e-6, most + 1e-6));
        // Evenly: half of them in each half.
        if (most > least) Assert.InRange(drawn.Count(value => value < (least + most) / 2), 900, 1100);
    }

    [Fact]
    public void Each_tier_has_its_own()
    {
        var lifetimes = new EntryLifetimes(new CacheOptions { Jitter = 0 }, new Random(1));

        Assert.Equal(TimeSpan.FromMinutes(10), lifetimes.Next(CacheTier.Retrieval));
        Assert.Equal(TimeSpan.FromMinutes(15), lifetimes.Next(CacheTier.Output));
    }
}
