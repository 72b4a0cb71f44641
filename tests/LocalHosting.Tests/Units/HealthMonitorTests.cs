using Aspire.Hosting.Local;
using Microsoft.Extensions.Time.Testing;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class HealthMonitorTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>What the monitor tells while these answers come (null is healthy), each after the pause that the monitor chose.</summary>
    private async Task<List<(bool Healthy, double Seconds)>> ChangesAsync(params string?[] answers)
    {
        var next = new Queue<string?>(answers);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var changes = new List<(bool, double)>();
        var started = _time.GetTimestamp();
        var monitor = new HealthMonitor(
            _ =>
            {
                if (next.Count == 0) ended.Cancel();
                return Task.FromResult(next.Count == 0 ? "over" : next.Dequeue());
            },
            _time);
        await using var watch = monitor.WatchAsync(ended.Token).GetAsyncEnumerator(ended.Token);
        while (true)
        {
            var step = watch.MoveNextAsync().AsTask();
            // The monitor asks at once and then pauses on this clock: it is moved until the step is over.
            while (!step.IsCompleted)
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }

            if (!await step || ended.IsCancellationRequested) return changes;
            changes.Add((watch.Current.Healthy, _time.GetElapsedTime(started).TotalSeconds));
        }
    }

    [Fact]
    public async Task A_start_is_told_when_it_has_succeeded()
    {
        var change = Assert.Single(await ChangesAsync("no", "no", "no", null, null));
        Assert.True(change.Healthy);
    }

    [Fact]
    public async Task One_failure_is_none_and_two_are_told_and_so_is_the_recovery() =>
        Assert.Equal([true, false, true], (await ChangesAsync(null, "no", null, "no", "no", "no", null)).Select(change => change.Healthy));

    [Fact]
    public async Task A_start_that_takes_long_is_told_once()
    {
        var changes = await ChangesAsync([.. Enumerable.Repeat("no", 400), null]);
        Assert.Equal([false, true], changes.Select(change => change.Healthy));
        Assert.True(changes[0].Seconds >= 20);
    }
}
