using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Slipway.Edge.Quotas;

namespace Slipway.Edge.Tests;

public sealed class QuotaTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 15, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(60)]
    [InlineData(1000)]
    public async Task Two_replicas_together_grant_the_limit_and_no_more(int limit)
    {
        var time = new FakeTimeProvider(Noon);
        var counter = new SharedCounter();
        using var one = new TenantQuota("t", counter, time);
        using var two = new TenantQuota("t", counter, time);
        var granted = 0;
        for (var i = 0; i < limit * 2; i++)
        {
            if ((await one.AcquireAsync(limit, Token)).Granted) granted++;
            if ((await two.AcquireAsync(limit, Token)).Granted) granted++;
        }

        Assert.Equal(limit, granted);
        Assert.True(counter.Calls <= 110, $"{counter.Calls} calls for {limit * 4} requests");
    }

    [Fact]
    public async Task Many_at_once_are_granted_the_limit_and_no_more()
    {
        var counter = new SharedCounter();
        using var quota = new TenantQuota("t", counter, new FakeTimeProvider(Noon));
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => Task.Run(() => quota.AcquireAsync(100, Token).AsTask())));
        Assert.Equal(100, results.Count(result => result.Granted));
    }

    [Fact]
    public async Task Nobody_is_refused_while_something_is_left()
    {
        for (var round = 0; round < 200; round++)
        {
            using var quota = new TenantQuota("t", new SharedCounter(), new FakeTimeProvider(Noon));
            var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => quota.AcquireAsync(10, Token).AsTask())));
            Assert.All(results, result => Assert.True(result.Granted));
        }
    }

    [Fact]
    public async Task The_next_minute_starts_anew_and_the_wait_for_it_is_told()
    {
        var time = new FakeTimeProvider(Noon);
        using var quota = new TenantQuota("t", new SharedCounter(), time);
        Assert.True((await quota.AcquireAsync(1, Token)).Granted);
        var refused = await quota.AcquireAsync(1, Token);
        Assert.False(refused.Granted);
        Assert.Equal(TimeSpan.FromSeconds(45), refused.RetryAfter);
        time.Advance(refused.RetryAfter);
        Assert.True((await quota.AcquireAsync(1, Token)).Granted);
    }

    [Fact]
    public async Task Without_the_counter_the_limit_holds_for_this_replica()
    {
        using var quota = new TenantQuota("t", new SharedCounter { Away = true }, new FakeTimeProvider(Noon));
        var granted = 0;
        for (var i = 0; i < 300; i++) granted += (await quota.AcquireAsync(100, Token)).Granted ? 1 : 0;
        Assert.Equal(100, granted);
    }

    [Fact]
    public async Task A_counter_that_dies_in_the_middle_of_a_minute_does_not_give_the_quota_twice_to_a_replica()
    {
        var counter = new SharedCounter();
        using var quota = new TenantQuota("t", counter, new FakeTimeProvider(Noon));
        var granted = 0;
        for (var i = 0; i < 300; i++)
        {
            if (i == 50) counter.Away = true;
            granted += (await quota.AcquireAsync(100, Token)).Granted ? 1 : 0;
        }

        Assert.Equal(100, granted);
    }

    [Fact]
    public async Task What_was_granted_while_the_counter_was_away_is_told_when_it_is_back()
    {
        var counter = new SharedCounter { Away = true };
        var time = new FakeTimeProvider(Noon);
        using var one = new TenantQuota("t", counter, time);
        using var two = new TenantQuota("t", counter, time);
        var granted = 0;
        for (var i = 0; i < 60; i++) granted += (await one.AcquireAsync(100, Token)).Granted ? 1 : 0;
        counter.Away = false;
        // The first replica reports with its next block; from then on both draw on the same rest.
        granted += (await one.AcquireAsync(100, Token)).Granted ? 1 : 0;
        for (var i = 0; i < 100; i++) granted += (await two.AcquireAsync(100, Token)).Granted ? 1 : 0;
        for (var i = 0; i < 100; i++) granted += (await one.AcquireAsync(100, Token)).Granted ? 1 : 0;
        Assert.Equal(100, granted);
    }

    [Fact]
    public async Task A_block_of_the_old_minute_is_not_spent_in_the_new_one()
    {
        var time = new FakeTimeProvider(Noon);
        var counter = new SharedCounter();
        using var quota = new TenantQuota("t", counter, time);
        // The minute turns while the counter answers.
        counter.Answering = () =>
        {
            counter.Answering = null;
            time.Advance(TimeSpan.FromSeconds(45));
        };
        var granted = 0;
        for (var i = 0; i < 300; i++) granted += (await quota.AcquireAsync(100, Token)).Granted ? 1 : 0;
        Assert.Equal(100, granted);
        Assert.Equal(100, counter.Total("slipway:quota:t:" + Noon.AddSeconds(45).ToUnixTimeSeconds() / 60, most: 102));
    }

    [Fact]
    public async Task A_raised_quota_counts_within_the_minute()
    {
        using var quota = new TenantQuota("t", new SharedCounter(), new FakeTimeProvider(Noon));
        Assert.True((await quota.AcquireAsync(1, Token)).Granted);
        Assert.False((await quota.AcquireAsync(1, Token)).Granted);
        // The refused try has claimed one too: the counter stands at 2.
        Assert.True((await quota.AcquireAsync(10, Token)).Granted);
    }

    [Fact]
    public async Task A_clock_that_goes_back_grants_no_minute_twice()
    {
        var time = new SettableTime { Now = Noon };
        using var quota = new TenantQuota("t", new SharedCounter { Away = true }, time);
        Assert.True((await quota.AcquireAsync(1, Token)).Granted);
        time.Now = Noon.AddMinutes(-1);
        Assert.False((await quota.AcquireAsync(1, Token)).Granted);
        time.Now = Noon.AddMinutes(1);
        Assert.True((await quota.AcquireAsync(1, Token)).Granted);
    }

    [Fact]
    public async Task The_keys_of_a_tenant_share_its_quota_and_tenants_do_not()
    {
        await using var edge = await EdgeHost.StartAsync(services: services => services.AddSingleton<ISharedCounter>(new SharedCounter()).AddSingleton<TimeProvider>(new FakeTimeProvider(Noon)));
        edge.Behind.Control.Publish(FakeControl.Tenants(("a", "sk-slipway-a1", "answers", 2), ("a", "sk-slipway-a2", "answers", 2), ("b", "sk-slipway-b1", "answers", 1)));
        await Eventually.TrueAsync(() => Tenants.KeyHash.TryOf("sk-slipway-b1", out var hash) && edge.Get<Tenants.TenantDirectory>().Find(hash) is not null);
        var statuses = new List<int>();
        foreach (var key in new[] { "a1", "a2", "a1", "a2", "b1", "b1" })
        {
            using var response = await edge.SendAsync(edge.Request(HttpMethod.Get, "/v1/models", "sk-slipway-" + key));
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([200, 200, 429, 429, 200, 429], statuses);
    }

    [Fact]
    public async Task Over_the_quota_the_edge_answers_429_with_the_wait()
    {
        await using var edge = await EdgeHost.StartAsync(services: services => services.AddSingleton<ISharedCounter>(new SharedCounter()).AddSingleton<TimeProvider>(new FakeTimeProvider(Noon)));
        var remaining = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var granted = await edge.SendAsync(edge.Request(HttpMethod.Get, "/v1/models", EdgeHost.LimitedKey));
            Assert.Equal(200, (int)granted.StatusCode);
            Assert.Equal(["3"], granted.Headers.GetValues("x-ratelimit-limit-requests"));
            remaining.Add(Assert.Single(granted.Headers.GetValues("x-ratelimit-remaining-requests")));
        }

        Assert.Equal(["2", "1", "0"], remaining);
        using var refused = await edge.SendAsync(edge.Request(HttpMethod.Get, "/v1/models", EdgeHost.LimitedKey));
        var error = await refused.ErrorAsync(429, "rate_limit_exceeded");
        Assert.Contains("3 requests a minute", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(45), refused.Headers.RetryAfter!.Delta);
        using var other = await edge.Http.AskAsync();
        Assert.Equal(200, (int)other.StatusCode);
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class SharedCounter : ISharedCounter
    {
        private readonly Dictionary<string, long> _values = [];

        public bool Away { get; set; }

        public int Calls { get; private set; }

        public Action? Answering { get; set; }

        /// <summary>The counter's value, cut to the limit: a last refused claim may stand above it.</summary>
        public long Total(string key, long most)
        {
            Assert.InRange(_values[key], 100, most);
            return Math.Min(_values[key], 100);
        }

        public ValueTask<long?> AddAsync(string key, long amount, TimeSpan expiry)
        {
            Answering?.Invoke();
            lock (_values)
            {
                Calls++;
                if (Away) return new((long?)null);
                return new(_values[key] = _values.GetValueOrDefault(key) + amount);
            }
        }
    }
}
