using Slipway.Cache.Grpc;

namespace Slipway.Cache.Tests.Grpc;

public sealed class WaitBudgetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(500, null, 500)]
    [InlineData(500, 2000, 500)]
    [InlineData(500, 300, 275)]
    [InlineData(0, 300, 0)]
    public void The_wait_ends_a_little_before_the_deadline(int maxWaitMs, int? deadlineMs, int expectedMs)
    {
        var deadline = deadlineMs is { } ms ? Now.UtcDateTime.AddMilliseconds(ms) : DateTime.MaxValue;

        Assert.Equal(TimeSpan.FromMilliseconds(expectedMs), WaitBudget.Of(maxWaitMs, deadline, Now));
    }

    [Theory]
    [InlineData(-5, 1000)]
    [InlineData(500, 10)]
    [InlineData(500, -10)]
    public void There_may_be_no_time_to_wait(int maxWaitMs, int deadlineMs) =>
        Assert.True(WaitBudget.Of(maxWaitMs, Now.UtcDateTime.AddMilliseconds(deadlineMs), Now) <= TimeSpan.Zero);
}
