using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class LimitTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void No_window_of_a_minute_holds_more_than_the_limit()
    {
        var window = new SlidingWindow(60);
        var random = new Random(7);
        var taken = new List<DateTimeOffset>();
        var now = Start;
        for (var i = 0; i < 3000; i++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(0, 400));
            if (window.WaitFor(1, now) > TimeSpan.Zero) continue;
            window.Take(1, now);
            taken.Add(now);
        }

        Assert.All(taken, at => Assert.True(taken.Count(other => other >= at && other < at + TimeSpan.FromSeconds(60)) <= 60));
        // Under pressure the whole allowance is used.
        Assert.True(taken.Count >= 60 * (int)((now - Start).TotalSeconds / 60) * 0.95);
    }

    [Fact]
    public void The_wait_is_the_time_after_which_it_fits()
    {
        var window = new SlidingWindow(100);
        window.Take(60, Start);
        window.Take(40, Start.AddSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(45), window.WaitFor(50, Start.AddSeconds(15)));
        Assert.Equal(TimeSpan.FromSeconds(55), window.WaitFor(70, Start.AddSeconds(15)));
        Assert.Equal(TimeSpan.Zero, window.WaitFor(50, Start.AddSeconds(60)));
        Assert.Equal(TimeSpan.Zero, new SlidingWindow(100).WaitFor(500, Start));
    }

    [Fact]
    public void An_estimate_is_settled_by_what_was_used()
    {
        var window = new SlidingWindow(100);
        var taken = window.Take(90, Start);
        Assert.True(window.WaitFor(50, Start) > TimeSpan.Zero);
        window.Settle(taken, 10);
        Assert.Equal(TimeSpan.Zero, window.WaitFor(50, Start));
        window.WaitFor(1, Start.AddSeconds(61));
        window.Settle(taken, 100);
        Assert.Equal(TimeSpan.Zero, window.WaitFor(100, Start.AddSeconds(61)));
    }

    [Fact]
    public async Task Tokens_and_calls_at_once_are_limited_too()
    {
        using var limiter = Alone(new LimitValues(null, 1000, 2));
        var first = await TakeAsync(limiter, 300);
        using var second = await TakeAsync(limiter, 300);
        Assert.Contains("2 calls at once", (await RefusedAsync(limiter, 1)).Message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose();
        Assert.Contains("1000 tokens", (await RefusedAsync(limiter, 500)).Message, StringComparison.Ordinal);
        var third = await TakeAsync(limiter, 400);
        third.Settle(new Usage { PromptTokens = 5, CompletionTokens = 5 });
        third.Dispose();
        (await TakeAsync(limiter, 390)).Dispose();
    }

    [Fact]
    public async Task A_call_waits_where_its_deadline_allows_and_is_refused_at_once_where_not()
    {
        using var limiter = Alone(new LimitValues(1, null, null));
        await TakeAsync(limiter);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(40), (await RefusedAsync(limiter, until: Start.AddSeconds(50))).Error.RetryAfter);
        var waiting = limiter.AcquireAsync(1, Start.AddSeconds(70), false, Cancellation).AsTask();
        // Behind one that waits, the next place is a minute later.
        Assert.Equal(TimeSpan.FromSeconds(100), (await RefusedAsync(limiter, until: Start.AddSeconds(110))).Error.RetryAfter);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(40));
        await waiting;
    }

    [Fact]
    public async Task Who_waits_goes_by_priority_and_deadline_and_who_leaves_takes_nothing()
    {
        using var limiter = Alone(new LimitValues(null, null, 1));
        var lease = await TakeAsync(limiter);
        using var gone = new CancellationTokenSource();
        var leaving = limiter.AcquireAsync(1, Start.AddSeconds(1), false, gone.Token).AsTask();
        var background = limiter.AcquireAsync(1, Start.AddSeconds(5), true, Cancellation).AsTask();
        var late = limiter.AcquireAsync(1, Start.AddSeconds(30), false, Cancellation).AsTask();
        var early = limiter.AcquireAsync(1, Start.AddSeconds(10), false, Cancellation).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        foreach (var next in (Task<Limiter.Lease>[])[early, late, background])
        {
            lease.Dispose();
            lease = await next;
        }

        lease.Dispose();
    }

    [Fact]
    public async Task A_model_over_its_rate_refuses_with_the_wait_and_spares_the_provider()
    {
        var time = new FakeTimeProvider(Start);
        await using var sim = new SimHost();
        await using var broker = BrokerHost.For(time, sim.BaseUrl, "sim", ("Slipway:Model:Rpm", "2"));
        await broker.CompleteAsync(BrokerHost.Ask());
        time.Advance(TimeSpan.FromSeconds(20));
        await broker.StreamAsync(BrokerHost.Ask());
        foreach (var stream in (bool[])[false, true])
        {
            var error = await broker.RefusalAsync(BrokerHost.Ask(), stream, TimeSpan.FromSeconds(30));
            Assert.Equal((StatusCode.ResourceExhausted, "rate_limit_exceeded", TimeSpan.FromSeconds(40)), (error.Status, error.Code, error.RetryAfter));
        }

        Assert.Equal(2, sim.Log.Since(0).Count);
        time.Advance(TimeSpan.FromSeconds(41));
        await broker.CompleteAsync(BrokerHost.Ask());
    }

    [Fact]
    public async Task A_prompt_longer_than_the_window_takes_no_share_of_the_limits()
    {
        await using var sim = new SimHost();
        await using var broker = BrokerHost.For(sim.BaseUrl, "sim", ("Slipway:Model:Rpm", "1"), ("Slipway:Model:ContextWindow", "50"));
        Assert.Equal("context_length_exceeded", (await broker.RefusalAsync(BrokerHost.Ask(string.Concat(Enumerable.Repeat("word ", 60))), stream: true)).Code);
        await broker.CompleteAsync(BrokerHost.Ask(string.Concat(Enumerable.Repeat("word ", 30))));
        Assert.Single(sim.Log.Since(0));
    }

    private Limiter Alone(LimitValues limits) => new("test", "The test", limits, new SharedStore(null, _time, NullLogger<SharedStore>.Instance), _time);

    private static ValueTask<Limiter.Lease> TakeAsync(Limiter limiter, long tokens = 1) => limiter.AcquireAsync(tokens, DateTimeOffset.MinValue, false, Cancellation);

    private static Task<ModelException> RefusedAsync(Limiter limiter, long tokens = 1, DateTimeOffset until = default) =>
        Assert.ThrowsAsync<ModelException>(() => limiter.AcquireAsync(tokens, until, false, Cancellation).AsTask());
}
