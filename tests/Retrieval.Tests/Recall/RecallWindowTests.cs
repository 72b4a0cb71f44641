using Slipway.Retrieval.Recall;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class RecallWindowTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Only_the_newest_samples_count()
    {
        var window = new RecallWindow(3, TimeSpan.FromHours(1));
        foreach (var recall in (double[])[0, 0, 1, 1, 0.5]) window.Add(Start, recall);

        var estimate = window.Estimate(Start);

        Assert.Equal((3, 2.5 / 3), (estimate.Samples, estimate.Mean));
    }

    [Fact]
    public void Old_samples_do_not_count()
    {
        var window = new RecallWindow(100, TimeSpan.FromMinutes(60));
        window.Add(Start, 0);
        window.Add(Start.AddMinutes(30), 1);

        Assert.Equal(2, window.Estimate(Start.AddMinutes(60)).Samples);
        Assert.Equal((1, 1.0), (window.Estimate(Start.AddMinutes(61)).Samples, window.Estimate(Start.AddMinutes(61)).Mean));
        Assert.Equal(RecallEstimate.None, window.Estimate(Start.AddMinutes(91)));
    }

    [Fact]
    public void What_was_saved_is_loaded_with_its_times()
    {
        var window = new RecallWindow(100, TimeSpan.FromMinutes(60));
        window.Add(Start, 0.25);
        window.Add(Start.AddMinutes(30), 1);
        var loaded = new RecallWindow(100, TimeSpan.FromMinutes(60));

        loaded.Load(window.Save());

        Assert.Equal(window.Estimate(Start.AddMinutes(31)), loaded.Estimate(Start.AddMinutes(31)));
        Assert.Equal(1, loaded.Estimate(Start.AddMinutes(61)).Samples);
    }

    [Fact]
    public void Bytes_that_are_no_samples_are_left_out()
    {
        var window = new RecallWindow(100, TimeSpan.FromMinutes(60));
        window.Load([1, 2, 3]);
        window.Load([.. Enumerable.Repeat((byte)255, 64)]);

        Assert.Equal(0, window.Estimate(Start).Samples);
    }
}
