using Slipway.Retrieval.Recall;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class RecallPolicyTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly RecallOptions Options = new();
    private readonly RecallPolicy _policy = new(Options);

    [Fact]
    public void Too_few_samples_are_no_evidence_however_bad_they_are()
    {
        Assert.Equal(VectorState.Healthy, After(Options.MinSamples - 1, 0).State);
        Assert.Equal(VectorState.Degraded, After(Options.MinSamples, 0).State);
    }

    [Fact]
    public void A_mean_below_the_objective_whose_interval_reaches_it_is_no_evidence()
    {
        var estimate = RecallEstimate.From(100, 90);
        Assert.True(estimate.Mean < Options.Target && estimate.Upper >= Options.Target);

        Assert.Equal(VectorState.Healthy, _policy.AfterSample(RecallHealth.Initial(Now), estimate, Now).State);
    }

    [Theory]
    // docs/concepts/recall.md states these numbers.
    [InlineData(0.0, 24)]
    [InlineData(0.5, 48)]
    public void An_index_that_goes_bad_is_caught_within_the_stated_number_of_samples_after_a_full_window_of_perfect_ones(double recall, int stated)
    {
        var window = new RecallWindow(Options.WindowSamples, TimeSpan.FromHours(1));
        for (var i = 0; i < Options.WindowSamples; i++) window.Add(Now, 1);

        var samples = 0;
        do
        {
            window.Add(Now, recall);
            samples++;
        }
        while (_policy.AfterSample(RecallHealth.Initial(Now), window.Estimate(Now), Now).State == VectorState.Healthy);

        Assert.Equal(stated, samples);
    }

    [Fact]
    public void An_index_that_is_as_good_as_wanted_is_hardly_ever_given_up()
    {
        var random = new Random(3);
        var window = new RecallWindow(Options.WindowSamples, TimeSpan.FromHours(1));
        var degraded = 0;
        for (var i = 0; i < 20_000; i++)
        {
            window.Add(Now, Enumerable.Range(0, 10).Count(_ => random.NextDouble() < 0.95) / 10.0);
            if (_policy.AfterSample(RecallHealth.Initial(Now), window.Estimate(Now), Now).State != VectorState.Healthy) degraded++;
        }

        Assert.Equal(0, degraded);
    }

    [Fact]
    public void Probes_must_reach_the_higher_mark()
    {
        var rebuilding = RecallPolicy.Rebuilding(After(Options.MinSamples, 0), Now);

        Assert.Equal(VectorState.Degraded, _policy.AfterProbe(rebuilding, RecallEstimate.From(50, 50 * 0.93), Now).State);
        Assert.Equal(RecallHealth.Initial(Now), _policy.AfterProbe(rebuilding, RecallEstimate.From(50, 50 * 0.95), Now));
    }

    [Fact]
    public void Without_a_probe_an_index_is_not_trusted()
    {
        Assert.Equal(VectorState.Degraded, _policy.AfterProbe(RecallPolicy.Rebuilding(After(20, 0), Now), RecallEstimate.None, Now).State);
    }

    [Fact]
    public void Rebuilds_that_do_not_help_are_tried_less_and_less_often_up_to_once_an_hour()
    {
        var health = After(Options.MinSamples, 0);
        Assert.True(RecallPolicy.IsRebuildDue(health, Now));
        var pauses = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            health = _policy.AfterProbe(RecallPolicy.Rebuilding(health, Now), RecallEstimate.From(50, 0), Now);
            pauses.Add((health.NextAttempt - Now).TotalSeconds);
            Assert.False(RecallPolicy.IsRebuildDue(health, Now));
            Assert.True(RecallPolicy.IsRebuildDue(health, health.NextAttempt));
        }

        Assert.Equal([30, 60, 120, 240, 480, 960, 1920, 3600, 3600], pauses);
    }

    private RecallHealth After(int samples, double recall) => _policy.AfterSample(RecallHealth.Initial(Now), RecallEstimate.From(samples, samples * recall), Now);
}
