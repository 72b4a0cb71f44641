using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class BackoffTests
{
    [Fact]
    public void The_first_restart_is_quick_and_the_pauses_double_up_to_30_seconds()
    {
        var backoff = new Backoff();
        var pauses = Enumerable.Range(0, 9).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds);
        Assert.Equal([0.25, 1, 2, 4, 8, 16, 30, 30, 30], pauses);
    }

    [Fact]
    public void A_process_that_was_ready_for_30_seconds_starts_over()
    {
        var backoff = new Backoff();
        for (var i = 0; i < 5; i++) backoff.Next(TimeSpan.FromSeconds(29));
        Assert.Equal(TimeSpan.FromSeconds(16), backoff.Next(TimeSpan.FromSeconds(29)));
        Assert.Equal(Backoff.First, backoff.Next(TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Next(TimeSpan.Zero));
    }
}
