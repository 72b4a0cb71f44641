using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Slipway.Control.Timing;

namespace Slipway.Control.Tests;

public sealed class TimingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_turn_comes_at_once_and_with_each_interval_also_after_one_that_failed()
    {
        var time = new FakeTimeProvider();
        using var service = new FailingOnce(time);
        await service.StartAsync(Token);
        Assert.Equal("failed: no", await service.Told.Reader.ReadAsync(Token));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("turn 2", await service.Told.Reader.ReadAsync(Token));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("turn 3", await service.Told.Reader.ReadAsync(Token));
        await service.StopAsync(Token);
        Assert.True(service.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public void Times_are_told_in_utc_to_the_second()
    {
        Assert.Equal("2026-11-29T09:00:07Z", UtcText.Of(new DateTimeOffset(2026, 11, 29, 10, 0, 7, 999, TimeSpan.FromHours(1))));
        Assert.Equal("1970-01-01T00:00:01Z", UtcText.Of(1_500));
    }

    private sealed class FailingOnce(TimeProvider time) : RepeatedService(TimeSpan.FromSeconds(10), time)
    {
        private int _turns;

        public Channel<string> Told { get; } = Channel.CreateUnbounded<string>();

        protected override Task TurnAsync(CancellationToken cancellationToken) =>
            ++_turns == 1 ? throw new InvalidOperationException("no") : Told.Writer.WriteAsync($"turn {_turns}", cancellationToken).AsTask();

        protected override void TurnFailed(Exception exception) => Told.Writer.TryWrite("failed: " + exception.Message);
    }
}
