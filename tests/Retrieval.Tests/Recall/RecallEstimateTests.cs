using Slipway.Retrieval.Recall;
using Xunit;

namespace Slipway.Retrieval.Tests.Recall;

public sealed class RecallEstimateTests
{
    [Theory]
    // Wilson (1927); the usual textbook case 5 of 10, and the closed forms at 0 and 1: z² / (n + z²) and n / (n + z²).
    [InlineData(10, 5.0, 0.2366, 0.7634)]
    [InlineData(20, 0.0, 0.0, 0.1611)]
    [InlineData(20, 20.0, 0.8389, 1.0)]
    [InlineData(100, 85.0, 0.7672, 0.9069)]
    public void The_interval_is_Wilsons(int samples, double sum, double lower, double upper)
    {
        var estimate = RecallEstimate.From(samples, sum);

        Assert.Equal((samples, sum / samples), (estimate.Samples, estimate.Mean));
        Assert.Equal(lower, estimate.Lower, 4);
        Assert.Equal(upper, estimate.Upper, 4);
    }

    [Fact]
    public void Without_samples_anything_is_possible()
    {
        Assert.Equal(new RecallEstimate(0, 0, 0, 1), RecallEstimate.From(0, 0));
    }

    [Fact]
    public void The_interval_covers_the_true_recall_of_samples_of_ten_neighbours_at_least_ninety_five_times_of_a_hundred()
    {
        var random = new Random(7);
        foreach (var truth in (double[])[0.5, 0.8, 0.9, 0.92, 0.98])
        {
            var covered = 0;
            for (var trial = 0; trial < 1000; trial++)
            {
                double sum = 0;
                for (var i = 0; i < 60; i++) sum += Enumerable.Range(0, 10).Count(_ => random.NextDouble() < truth) / 10.0;
                var estimate = RecallEstimate.From(60, sum);
                if (estimate.Lower <= truth && truth <= estimate.Upper) covered++;
            }

            Assert.True(covered >= 950, $"{covered} of 1000 at {truth}");
        }
    }
}
