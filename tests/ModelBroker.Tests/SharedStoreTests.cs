using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Cache.Tests.Engines;
using Slipway.ModelBroker.Shared;

namespace Slipway.ModelBroker.Tests;

public sealed class SharedStoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(BrokenConnection.Failures), MemberType = typeof(BrokenConnection))]
    public async Task A_connection_that_ends_under_a_heartbeat_is_asked_again_with_the_next(Type failure)
    {
        var (connection, state) = BrokenConnection.With(failure);
        using var store = new SharedStore(() => connection, TimeProvider.System, NullLogger<SharedStore>.Instance);
        await store.StartAsync(Cancellation);
        await state.Asked.Task.WaitAsync(Cancellation);
        Assert.False(store.IsUsable);
        state.Failure = null;
        await store.WhenUsableAsync().WaitAsync(Cancellation);
        await store.StopAsync(Cancellation);
    }

    [Theory]
    [MemberData(nameof(BrokenConnection.Failures), MemberType = typeof(BrokenConnection))]
    public async Task A_connection_that_ends_under_a_command_is_Redis_away_and_no_error(Type failure)
    {
        var (connection, state) = BrokenConnection.With(failure);
        var ended = state.Failure;
        state.Failure = null;
        using var store = new SharedStore(() => connection, TimeProvider.System, NullLogger<SharedStore>.Instance);
        await store.StartAsync(Cancellation);
        await store.WhenUsableAsync().WaitAsync(Cancellation);
        state.Failure = ended;
        Assert.Null(await store.TryAsync(async database => $"{await database.StringSetAsync("key", "value")}"));
        Assert.False(store.IsUsable);
        await store.StopAsync(Cancellation);
    }
}
