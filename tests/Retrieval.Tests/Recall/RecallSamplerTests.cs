using Microsoft.Extensions.Time.Testing;
using Slipway.Retrieval.Recall;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class RecallSamplerTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_rate_is_capped_whatever_the_load()
    {
        var sampler = new RecallSampler(new RecallOptions { SampleShare = 1, MaxSamplesPerSecond = 5 }, _time, new Random(1));

        var chosen = 0;
        for (var millisecond = 0; millisecond < 10_000; millisecond++)
        {
            if (sampler.Choose()) chosen++;
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(chosen, 50, 55);
    }

    [Fact]
    public void A_share_of_rare_searches_is_chosen()
    {
        var sampler = new RecallSampler(new RecallOptions { SampleShare = 0.2, MaxSamplesPerSecond = 5 }, _time, new Random(1));

        var chosen = 0;
        for (var i = 0; i < 10_000; i++)
        {
            if (sampler.Choose()) chosen++;
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(chosen, 1900, 2100);
    }

    [Fact]
    public void A_share_of_zero_chooses_nothing()
    {
        var sampler = new RecallSampler(new RecallOptions { SampleShare = 0 }, _time, new Random(1));

        Assert.DoesNotContain(true, Enumerable.Range(0, 1000).Select(_ => sampler.Choose()));
    }
}
