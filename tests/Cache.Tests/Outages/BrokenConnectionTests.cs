using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using Slipway.Cache.Tests.Engines;

namespace Slipway.Cache.Tests.Outages;

/// <summary>A connection that ends while it is read fails with exceptions that are not the client library's own.</summary>
public sealed class BrokenConnectionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(BrokenConnection.Failures), MemberType = typeof(BrokenConnection))]
    public async Task A_probe_that_meets_it_is_followed_by_the_next_and_a_command_is_no_error(Type failure)
    {
        var (connection, state) = BrokenConnection.With(failure);
        var ended = state.Failure;
        // A busy machine has its time: a command that takes longer opens the breaker as well.
        using var link = new RedisLink(() => connection, new CacheOptions { RedisTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System, NullLogger<RedisLink>.Instance);
        await link.StartAsync(Token);
        await state.Asked.Task.WaitAsync(Token);
        Assert.False(link.Usable);
        state.Failure = null;
        await link.WhenAsync(usable: true, Token);
        Assert.True((await link.TryAsync(static (database, key) => database.StringGetAsync(key), "key", Token)).Answered);

        state.Failure = ended;
        Assert.False((await link.TryAsync(static (database, key) => database.StringGetAsync(key), "key", Token)).Answered);
        await link.StopAsync(Token);
    }
}
