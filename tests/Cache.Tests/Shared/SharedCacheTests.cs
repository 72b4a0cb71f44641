using System.Text;
using Grpc.Core;
using Slipway.Cache.Entries;
using Slipway.Cache.Keys;
using Slipway.Cache.Options;
using Slipway.Cache.Tests.Engines;
using Slipway.Cache.Tests.Support;
using Slipway.Contracts;

namespace Slipway.Cache.Tests.Shared;

/// <summary>What the caches promise with a Redis behind them; the same for each engine.</summary>
public abstract partial class SharedCacheTests
{
    private readonly RedisEngine _engine;
    private readonly string _tenant = Calls.NewTenant();

    protected SharedCacheTests(RedisEngine engine)
    {
        Assert.SkipUnless(engine.Unavailable is null, engine.Unavailable ?? "");
        _engine = engine;
    }

    [Fact]
    public async Task What_was_stored_is_found_with_its_age()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);

        var miss = await replica.LookupAsync(key);
        Assert.False(miss.Hit);
        Assert.Equal(32, miss.Lease.Length);
        Assert.True(await replica.StoreAsync(key, "answer", miss.Lease));

        var hit = await replica.LookupAsync(key);
        Assert.True(hit.Hit);
        Assert.Equal("answer", hit.Value.ToStringUtf8());
        Assert.InRange(hit.AgeMs, 0, 60_000);
        Assert.False(hit.Stale);
        Assert.Empty(hit.Lease);
    }

    [Fact]
    public async Task Another_replica_finds_it_in_Redis()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var key = Calls.Key(_tenant, tier: CacheTier.Retrieval);

        await one.StoreAsync(key, "passages");

        Assert.Equal("passages", (await other.LookupAsync(key)).Value.ToStringUtf8());
    }

    [Fact]
    public async Task The_newest_value_stays_also_with_a_wrong_lease()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        await replica.StoreAsync(key, "first");

        Assert.True(await replica.StoreAsync(key, "second", lease: "no-such-lease"));

        Assert.Equal("second", (await replica.LookupAsync(key)).Value.ToStringUtf8());
    }

    [Theory]
    [InlineData(CacheTier.Retrieval, 9, 11)]
    [InlineData(CacheTier.Output, 13.5, 16.5)]
    public async Task Redis_expires_entries_around_the_time_of_their_tier(CacheTier tier, double least, double most)
    {
        await using var replica = await ReplicaAsync();
        var database = await _engine.InspectAsync();
        List<double> minutes = [];
        for (var i = 0; i < 40; i++)
        {
            var key = Calls.Key(_tenant, $"question {i}", tier);
            await replica.StoreAsync(key, "value");
            minutes.Add((await database.KeyTimeToLiveAsync(EntryAddress.Of(key, 0).Entry))!.Value.TotalMinutes);
            Assert.NotNull(await database.KeyTimeToLiveAsync(EntryAddress.Of(key, 0).Latest));
        }

        Assert.All(minutes, value => Assert.InRange(value, least - 0.5, most));
        Assert.True(minutes.Max() - minutes.Min() > (most - least) / 3, "The times to live do not spread.");
    }

    [Fact]
    public async Task A_value_of_1_MiB_is_stored_and_a_larger_one_is_not()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var fits = Calls.Key(_tenant, "fits");
        var large = Calls.Key(_tenant, "large");

        Assert.True(await one.StoreAsync(fits, new string('x', CacheOptions.MaxValueBytes)));
        Assert.False(await one.StoreAsync(large, new string('x', CacheOptions.MaxValueBytes + 1)));

        Assert.Equal(CacheOptions.MaxValueBytes, (await other.LookupAsync(fits)).Value.Length);
        Assert.False((await one.LookupAsync(large)).Hit);
    }

    [Fact]
    public async Task Entries_that_differ_in_any_part_of_the_key_never_meet()
    {
        await using var replica = await ReplicaAsync();
        var other = Calls.NewTenant();
        CacheKey[] keys =
        [
            Calls.Key(_tenant), Calls.Key(other), Calls.Key(_tenant, tier: CacheTier.Retrieval), Calls.Key(_tenant, release: "r2"), Calls.Key(_tenant, corpus: "c2"),
            Calls.Key(_tenant, prompt: "p2"), Calls.Key(_tenant, model: "m2"), Calls.Key(_tenant, context: "x"), Calls.Key(_tenant, "how do i not roll back a release"),
        ];
        for (var i = 0; i < keys.Length; i++)
        {
            Assert.False((await replica.LookupAsync(keys[i])).Hit);
            await replica.StoreAsync(keys[i], $"value {i}");
        }

        for (var i = 0; i < keys.Length; i++) Assert.Equal($"value {i}", (await replica.LookupAsync(keys[i])).Value.ToStringUtf8());
    }

    [Fact]
    public async Task A_stale_answer_comes_from_the_newest_entry_of_another_scope_and_only_on_demand()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        await one.StoreAsync(Calls.Key(_tenant, corpus: "c1"), "older");
        Assert.Equal("older", (await other.LookupAsync(Calls.Key(_tenant, corpus: "c9"), acceptStale: true)).Value.ToStringUtf8());
        await one.StoreAsync(Calls.Key(_tenant, corpus: "c2", model: "m2"), "newer");

        var wanted = Calls.Key(_tenant, corpus: "c3");
        foreach (var replica in new[] { one, other })
        {
            var stale = await replica.LookupAsync(wanted, acceptStale: true);
            Assert.True(stale is { Hit: true, Stale: true, Lease: "" });
            Assert.Equal("newer", stale.Value.ToStringUtf8());
        }

        Assert.False((await one.LookupAsync(wanted)).Hit);
        var exact = await one.LookupAsync(Calls.Key(_tenant, corpus: "c1"), acceptStale: true);
        Assert.True(exact is { Hit: true, Stale: false });
        Assert.Equal("older", exact.Value.ToStringUtf8());
    }

    [Fact]
    public async Task A_stale_answer_never_crosses_tenants_tiers_questions_or_contexts()
    {
        await using var replica = await ReplicaAsync();
        await replica.StoreAsync(Calls.Key(_tenant), "mine");
        CacheKey[] others =
        [
            Calls.Key(Calls.NewTenant()), Calls.Key(_tenant, tier: CacheTier.Retrieval), Calls.Key(_tenant, "how do i start a release"), Calls.Key(_tenant, context: "turn"),
        ];

        foreach (var key in others) Assert.True(await replica.LookupAsync(key, acceptStale: true) is { Hit: false, Lease: "" });
    }

    [Fact]
    public async Task What_is_not_an_entry_of_this_version_is_a_miss()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        var database = await _engine.InspectAsync();
        byte[] future = [2, .. new byte[EntrySerializer.HeaderBytes]];
        byte[] absurd = [1, .. Enumerable.Repeat((byte)0xFF, 7), 0x7F, .. Enumerable.Repeat((byte)0xFF, 7), 0x7F];
        foreach (var bytes in new[] { future, absurd, Encoding.UTF8.GetBytes("{}"), [] })
        {
            await database.StringSetAsync(EntryAddress.Of(key, 0).Entry, bytes);
            Assert.False((await replica.LookupAsync(key)).Hit);
        }

        Assert.True(await replica.StoreAsync(key, "value"));
        Assert.True((await replica.LookupAsync(key)).Hit);
    }

    [Fact]
    public async Task A_key_of_another_Redis_type_costs_a_miss()
    {
        await using var replica = await ReplicaAsync();
        var key = Calls.Key(_tenant);
        var database = await _engine.InspectAsync();
        await database.ListLeftPushAsync(EntryAddress.Of(key, 0).Entry, "not a string");

        Assert.False((await replica.LookupAsync(key)).Hit);
    }

    [Fact]
    public async Task A_purge_forgets_the_tenant_in_every_replica_and_no_other_tenant()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var kept = Calls.Key(Calls.NewTenant());
        var key = Calls.Key(_tenant);
        await one.StoreAsync(kept, "kept");
        await one.StoreAsync(key, "value");
        Assert.True((await other.LookupAsync(key)).Hit);

        await one.PurgeAsync(_tenant);

        Assert.False((await one.LookupAsync(key)).Hit);
        Assert.False((await one.LookupAsync(key, acceptStale: true)).Hit);
        await Eventually.IsTrue(async () => !(await other.LookupAsync(key)).Hit, TimeSpan.FromSeconds(1));
        Assert.False((await other.LookupAsync(key, acceptStale: true)).Hit);
        Assert.True((await one.LookupAsync(kept)).Hit);

        await one.StoreAsync(key, "fresh");
        Assert.Equal("fresh", (await other.LookupAsync(key)).Value.ToStringUtf8());
    }

    [Fact]
    public async Task Purges_of_two_replicas_add_up()
    {
        await using var one = await ReplicaAsync();
        await using var other = await ReplicaAsync();
        var key = Calls.Key(_tenant);

        foreach (var replica in new[] { one, other, one, other })
        {
            await replica.StoreAsync(key, "value");
            await replica.PurgeAsync(_tenant);
            Assert.False((await replica.LookupAsync(key)).Hit);
        }

        Assert.Equal("4", await (await _engine.InspectAsync()).StringGetAsync(EntryAddress.GenerationOf(_tenant)));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled()
    {
        await using var replica = await ReplicaAsync();
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var key = Calls.Key(_tenant);
        await replica.LookupAsync(key);
        var waiting = replica.Client.LookupAsync(new LookupRequest { Key = key, MaxWaitMs = 60_000 }, cancellationToken: source.Token);
        await Eventually.IsTrue(() => replica.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 1);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await waiting);
        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        await Eventually.IsTrue(() => replica.Leases.WaitingFor(EntryAddress.Of(key, 0).Entry) == 0);
    }

    /// <summary>With a patience that a busy machine does not exhaust: what happens when it is exhausted is in the tests of outages.</summary>
    private Task<CacheReplica> ReplicaAsync(CacheOptions? options = null, TimeProvider? time = null) =>
        CacheReplica.StartAsync(_engine.ConnectionString, time, (options ?? new CacheOptions()) with { RedisTimeout = TimeSpan.FromSeconds(10) });

    /// <summary>A clock that is ahead.</summary>
    private sealed class ClockAhead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}

public sealed class GarnetSharedCacheTests(GarnetEngine engine) : SharedCacheTests(engine), IClassFixture<GarnetEngine>;

public sealed class RedisSharedCacheTests(RedisServerEngine engine) : SharedCacheTests(engine), IClassFixture<RedisServerEngine>;
