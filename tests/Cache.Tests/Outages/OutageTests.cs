using System.Diagnostics;
using Grpc.Core;
using Slipway.Cache.Keys;
using Slipway.Cache.Tests.Engines;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Outages;

/// <summary>A Redis that dies or hangs costs misses, never errors, and next to no time. Each test has a server of its own to kill.</summary>
[Collection(nameof(OutageTests))]
[CollectionDefinition(nameof(OutageTests), DisableParallelization = true)]
public sealed class OutageTests : IAsyncLifetime
{
    /// <summary>The promise is 50 ms; the rest is for a machine that is busy with other tests.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(50 + 200);

    private readonly MortalRedisServer _redis = new();
    private readonly string _tenant = Calls.NewTenant();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(_redis.Unavailable is null, _redis.Unavailable ?? "");
        await _redis.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_killed_Redis_costs_misses_and_is_found_again()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        await using var other = await CacheReplica.StartAsync(_redis.ConnectionString);
        var before = Calls.Key(_tenant, "asked before");
        await replica.StoreAsync(before, "value");

        _redis.Kill();

        await EachWithinBoundAsync(30, async i =>
        {
            var key = Calls.Key(_tenant, $"question {i}");
            var miss = await replica.LookupAsync(key);
            Assert.True(miss is { Hit: false, Lease.Length: 32 });
            Assert.True(await replica.StoreAsync(key, "value", miss.Lease));
            Assert.True((await replica.LookupAsync(key)).Hit);
        });
        Assert.True((await replica.LookupAsync(before)).Hit);
        Assert.False((await other.LookupAsync(before)).Hit);

        await _redis.StartAsync();
        await replica.Redis.WhenAsync(usable: true, Token);
        await other.Redis.WhenAsync(usable: true, Token);
        var after = Calls.Key(_tenant, "asked after");
        await replica.StoreAsync(after, "value");
        Assert.True((await other.LookupAsync(after)).Hit);
    }

    [Fact]
    public async Task A_hanging_Redis_costs_one_time_out_and_then_nothing()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        await replica.LookupAsync(Calls.Key(_tenant, "warm"));

        _redis.Suspend();
        try
        {
            await EachWithinBoundAsync(30, async i => Assert.False((await replica.LookupAsync(Calls.Key(_tenant, $"question {i}"))).Hit));
            Assert.False(replica.Redis.Usable);

            // Behind the open breaker: 200 misses in much less than 200 time-outs.
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 200; i++) await replica.LookupAsync(Calls.Key(_tenant, $"more {i}"));
            Assert.InRange(watch.ElapsedMilliseconds, 0, 4000);
        }
        finally
        {
            _redis.Resume();
        }

        await replica.Redis.WhenAsync(usable: true, Token);
        var key = Calls.Key(_tenant, "after");
        await replica.StoreAsync(key, "value");
        Assert.NotNull(await (await _redis.InspectAsync()).KeyTimeToLiveAsync(EntryAddress.Of(key, 0).Entry));
    }

    [Fact]
    public async Task A_slow_Redis_is_left_alone_until_it_is_quick_again()
    {
        var address = _redis.ConnectionString.Split(',', 2);
        await using var proxy = new SlowProxy(address[0]);
        await using var replica = await CacheReplica.StartAsync($"{proxy.Address},{address[1]}");
        await replica.LookupAsync(Calls.Key(_tenant, "warm"));

        proxy.DelayBy(40);
        for (var i = 0; i < 50 && replica.Redis.Usable; i++) Assert.False((await replica.LookupAsync(Calls.Key(_tenant, $"question {i}"))).Hit);
        Assert.False(replica.Redis.Usable, "50 lookups, each of several commands of 40 ms, did not open the breaker.");

        proxy.DelayBy(0);
        await replica.Redis.WhenAsync(usable: true, Token);
    }

    [Fact]
    public async Task Redis_is_used_again_within_a_second_of_its_return()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        _redis.Kill();
        await replica.LookupAsync(Calls.Key(_tenant));
        await replica.Redis.WhenAsync(usable: false, Token);

        await _redis.StartAsync();
        var watch = Stopwatch.StartNew();
        await replica.Redis.WhenAsync(usable: true, Token);

        // A second is the promise on a machine that is not busy with other tests.
        Assert.InRange(watch.ElapsedMilliseconds, 0, 2500);
    }

    [Fact]
    public async Task A_service_that_starts_without_Redis_serves_from_memory_is_healthy_and_finds_it_later()
    {
        _redis.Kill();
        await using var replica = await CacheReplica.StartAsync(redis: null);
        Assert.Equal("Healthy", await replica.Http.GetStringAsync("/health", Token));

        await using var hopeful = await StartWithoutWaitingAsync();
        Assert.Equal("Healthy", await hopeful.Http.GetStringAsync("/health", Token));
        var key = Calls.Key(_tenant);
        await EachWithinBoundAsync(5, async i => await hopeful.StoreAsync(Calls.Key(_tenant, $"question {i}"), "value"));
        Assert.True(await hopeful.StoreAsync(key, "value"));
        Assert.True((await hopeful.LookupAsync(key)).Hit);

        await _redis.StartAsync();
        await hopeful.Redis.WhenAsync(usable: true, Token);
    }

    [Fact]
    public async Task What_was_stored_while_Redis_was_away_is_sent_when_it_is_back()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        _redis.Kill();
        var key = Calls.Key(_tenant);
        await replica.StoreAsync(key, "value");

        await _redis.StartAsync();

        var database = await _redis.InspectAsync();
        await Eventually.IsTrue(async () => await database.KeyExistsAsync(EntryAddress.Of(key, 0).Entry), TimeSpan.FromSeconds(20));
        Assert.InRange((await database.KeyTimeToLiveAsync(EntryAddress.Of(key, 0).Entry))!.Value.TotalMinutes, 12, 16.5);
    }

    [Fact]
    public async Task A_lease_stays_alone_within_the_replica_while_Redis_is_away()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        _redis.Kill();
        var key = Calls.Key(_tenant);

        var calls = Enumerable.Range(0, 50).Select(_ => replica.LookupAsync(key, 60_000)).ToList();
        var first = await await Task.WhenAny(calls);
        Assert.NotEmpty(first.Lease);
        await replica.StoreAsync(key, "value", first.Lease);

        Assert.Single(await Task.WhenAll(calls), response => response.Lease.Length > 0);
    }

    [Fact]
    public async Task Waiters_are_served_when_Redis_dies_while_they_wait_for_another_replica()
    {
        await using var one = await CacheReplica.StartAsync(_redis.ConnectionString);
        await using var other = await CacheReplica.StartAsync(_redis.ConnectionString);
        var key = Calls.Key(_tenant);
        Assert.NotEmpty((await one.LookupAsync(key)).Lease);
        var waiting = other.LookupAsync(key, 60_000);
        await Eventually.IsTrue(() => other.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 1);

        _redis.Kill();

        Assert.NotEmpty((await waiting).Lease);
    }

    [Fact]
    public async Task A_purge_while_Redis_is_away_works_here_says_so_and_reaches_the_others_later()
    {
        await using var one = await CacheReplica.StartAsync(_redis.ConnectionString);
        await using var other = await CacheReplica.StartAsync(_redis.ConnectionString);
        var key = Calls.Key(_tenant);
        await one.StoreAsync(key, "value");
        Assert.True((await other.LookupAsync(key)).Hit);

        _redis.Suspend();
        try
        {
            var exception = await Assert.ThrowsAsync<RpcException>(() => one.PurgeAsync(_tenant));
            Assert.Equal("purge_incomplete", ServiceError.From(exception)!.Code);
            Assert.False((await one.LookupAsync(key)).Hit);
        }
        finally
        {
            _redis.Resume();
        }

        // Nobody asks the first replica again: it tells Redis by itself.
        await Eventually.IsTrue(async () => !(await other.LookupAsync(key)).Hit, TimeSpan.FromSeconds(20));
        await one.PurgeAsync(_tenant);
    }

    [Fact]
    public async Task A_Redis_that_has_lost_its_memory_does_not_bring_back_what_was_purged()
    {
        await using var replica = await CacheReplica.StartAsync(_redis.ConnectionString);
        var key = Calls.Key(_tenant);
        await replica.StoreAsync(key, "value");
        await replica.PurgeAsync(_tenant);
        await replica.PurgeAsync(_tenant);

        _redis.Kill();
        await replica.Redis.TryAsync(static (database, _) => database.PingAsync(), 0, Token);
        await _redis.StartAsync();
        await replica.Redis.WhenAsync(usable: true, Token);

        var database = await _redis.InspectAsync();
        await Eventually.IsTrue(
            async () => !(await replica.LookupAsync(key)).Hit && await database.StringGetAsync(EntryAddress.GenerationOf(_tenant)) == "2", TimeSpan.FromSeconds(20));
    }

    private async Task<CacheReplica> StartWithoutWaitingAsync()
    {
        var watch = Stopwatch.StartNew();
        var replica = await CacheReplica.StartAsync(_redis.ConnectionString, waitForRedis: false);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 10_000);
        return replica;
    }

    private static async Task EachWithinBoundAsync(int times, Func<int, Task> call)
    {
        for (var i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            await call(i);
            Assert.True(watch.Elapsed < Bound, $"Call {i} took {watch.Elapsed}.");
        }
    }
}
