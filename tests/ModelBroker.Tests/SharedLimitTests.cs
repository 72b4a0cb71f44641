using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cache.Tests.Engines;
using Slipway.Contracts;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using Slipway.ModelBroker.Tests.Support;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Tests;

public sealed class SharedLimitsOnGarnet(GarnetEngine engine) : SharedLimitTests(engine), IClassFixture<GarnetEngine>;

public sealed class SharedLimitsOnRedis(RedisServerEngine engine) : SharedLimitTests(engine), IClassFixture<RedisServerEngine>;

public sealed class SharedLimitsOnDyingGarnet : SharedReplicas
{
    private readonly GarnetEngine _engine = new();

    [Fact]
    public async Task Without_redis_each_replica_holds_to_its_share()
    {
        await _engine.StartAsync();
        var replicas = await ReplicasAsync(_engine, new LimitValues(60, null, null));
        foreach (var replica in replicas) await replica.TakeAsync();
        _engine.Kill();
        for (var i = 0; i < 3; i++)
        {
            var given = 0;
            while (await replicas[i].TryTakeAsync() is not null) given++;
            // One was taken before: what was taken while Redis lived counts.
            Assert.Equal(19, given);
        }
    }
}

public sealed class RedisTimeoutTests
{
    [Theory]
    [InlineData("soon")]
    [InlineData("00:00:00.004")]
    [InlineData("00:00:30.001")]
    public void A_redis_timeout_out_of_its_range_stops_the_start(string value)
    {
        var refused = Assert.ThrowsAny<Exception>(() => new BrokerHost(("Slipway:ModelBroker:RedisTimeout", value)));
        Assert.Equal($"Slipway:ModelBroker:RedisTimeout is '{value}', and is to be a time of 00:00:00.0050000 to 00:00:30.", refused.GetBaseException().Message);
    }
}

/// <summary>Three replicas and one Redis.</summary>
public abstract class SharedLimitTests(RedisEngine engine) : SharedReplicas
{
    [Fact]
    public async Task Three_replicas_never_take_more_than_sixty_in_any_minute_and_use_nearly_all_of_them()
    {
        Assert.SkipWhen(engine.Unavailable is not null, engine.Unavailable ?? "");
        var replicas = await ReplicasAsync(engine, new LimitValues(60, null, null));
        var random = new Random(11);
        var taken = new List<DateTimeOffset>();
        while (Time.GetUtcNow() < Start.AddMinutes(5))
        {
            Time.Advance(TimeSpan.FromMilliseconds(random.Next(0, 400)));
            var tries = await Task.WhenAll(replicas.Select(replica => replica.TryTakeAsync()));
            taken.AddRange(tries.Where(lease => lease is not null).Select(_ => Time.GetUtcNow()));
        }

        Assert.All(taken, at => Assert.True(taken.Count(other => other >= at && other < at + TimeSpan.FromSeconds(60)) <= 60));
        AssertShared();
        Assert.True(taken.Count >= 60 * 5 * 0.95, $"{taken.Count} were taken.");
    }

    [Fact]
    public async Task Tokens_are_estimated_and_settled_for_all()
    {
        Assert.SkipWhen(engine.Unavailable is not null, engine.Unavailable ?? "");
        var replicas = await ReplicasAsync(engine, new LimitValues(null, 1000, null));
        var lease = await replicas[0].TakeAsync(900);
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(50), (await replicas[1].RefusedAsync(200)).Error.RetryAfter);
        lease.Settle(new Usage { PromptTokens = 60, CompletionTokens = 40 });
        lease.Dispose();
        // Commands of one connection are done in their order.
        await replicas[0].RefusedAsync(950);
        await replicas[1].TakeAsync(900);
        await replicas[2].RefusedAsync(1);
        // More than the limit itself goes alone.
        Time.Advance(TimeSpan.FromSeconds(61));
        await replicas[2].TakeAsync(5000);
        await replicas[0].RefusedAsync(1);
        AssertShared();
    }

    [Fact]
    public async Task The_places_of_a_replica_that_died_are_free_when_their_leases_end()
    {
        Assert.SkipWhen(engine.Unavailable is not null, engine.Unavailable ?? "");
        var replicas = await ReplicasAsync(engine, new LimitValues(null, null, 2));
        var living = await replicas[0].TakeAsync();
        await replicas[1].TakeAsync();
        await replicas[2].RefusedAsync(1);
        replicas[1].Limiter.Dispose();
        for (var i = 0; i < 2; i++)
        {
            // The living one renews its lease.
            Time.Advance(TimeSpan.FromSeconds(10));
            await replicas[0].RefusedAsync(1);
        }

        Time.Advance(TimeSpan.FromSeconds(11));
        await replicas[0].BeatAsync();
        var third = await replicas[2].TakeAsync();
        await replicas[1].RefusedAsync(1);
        living.Dispose();
        await replicas[0].TryTakeAsync();
        third.Dispose();
        AssertShared();
    }
}

/// <summary>Replicas that share one Redis and one clock.</summary>
public abstract class SharedReplicas : IAsyncDisposable
{
    private readonly List<Replica> _replicas = [];

    protected static DateTimeOffset Start { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected FakeTimeProvider Time { get; } = new(Start);

    internal async Task<List<Replica>> ReplicasAsync(RedisEngine engine, LimitValues limits)
    {
        var scope = Guid.NewGuid().ToString("N");
        for (var i = 0; i < 3; i++) _replicas.Add(await Replica.StartAsync(engine, scope, limits, Time));
        // Each has counted the others.
        foreach (var replica in _replicas) await replica.BeatAsync();
        return _replicas;
    }

    /// <summary>Redis decided, not the replicas' shares.</summary>
    internal void AssertShared() => Assert.All(_replicas, replica => Assert.True(replica.NeverAway));

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A replica's limiter, with a connection of its own.</summary>
    internal sealed class Replica(IConnectionMultiplexer connection, SharedStore store, Limiter limiter) : IAsyncDisposable
    {
        public Limiter Limiter => limiter;

        public bool NeverAway => store.TimesAway == 0;

        public static async Task<Replica> StartAsync(RedisEngine engine, string scope, LimitValues limits, TimeProvider time)
        {
            var options = ConfigurationOptions.Parse(engine.ConnectionString);
            options.AbortOnConnectFail = false;
            options.BacklogPolicy = BacklogPolicy.FailFast;
            var connection = await ConnectionMultiplexer.ConnectAsync(options);
            var store = new SharedStore(() => connection, time, NullLogger<SharedStore>.Instance) { Patience = TimeSpan.FromSeconds(30) };
            await store.StartAsync(TestContext.Current.CancellationToken);
            await store.WhenUsableAsync().WaitAsync(TestContext.Current.CancellationToken);
            return new Replica(connection, store, new Limiter(scope, "The test", limits, store, time));
        }

        public Task BeatAsync() => store.BeatAsync(connection);

        public async Task<Limiter.Lease> TakeAsync(long tokens = 1) => await limiter.AcquireAsync(tokens, DateTimeOffset.MinValue, false, TestContext.Current.CancellationToken);

        public Task<ModelException> RefusedAsync(long tokens) => Assert.ThrowsAsync<ModelException>(() => TakeAsync(tokens));

        public async Task<Limiter.Lease?> TryTakeAsync()
        {
            try
            {
                return await TakeAsync();
            }
            catch (ModelException)
            {
                return null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            limiter.Dispose();
            await store.StopAsync(CancellationToken.None);
            store.Dispose();
            await connection.DisposeAsync();
        }
    }
}
