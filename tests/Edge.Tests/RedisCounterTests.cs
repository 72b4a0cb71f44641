using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cache.Tests.Engines;
using Slipway.Edge.Quotas;

namespace Slipway.Edge.Tests;

public sealed class RedisCounterTests
{
    [Theory]
    [MemberData(nameof(BrokenConnection.Failures), MemberType = typeof(BrokenConnection))]
    public async Task A_connection_that_ends_under_a_count_leaves_it_to_this_replica_and_is_asked_again_after_a_second(Type failure)
    {
        var (connection, state) = BrokenConnection.With(failure);
        // Its 50 ms are this clock's: a busy machine takes nothing from them.
        var time = new FakeTimeProvider();
        await using var services = new ServiceCollection().AddKeyedSingleton("redis", connection).BuildServiceProvider();
        var counter = new RedisCounter(services, time);
        Assert.Null(await counter.AddAsync("key", 1, TimeSpan.FromMinutes(1)));
        state.Failure = null;
        Assert.Null(await counter.AddAsync("key", 1, TimeSpan.FromMinutes(1)));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await counter.AddAsync("key", 1, TimeSpan.FromMinutes(1)));
    }
}
