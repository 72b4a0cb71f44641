using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Xunit;

namespace Slipway.Retrieval.Tests.Corpora;

public sealed class CorpusHubTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watcher_gets_every_state_at_once_then_changes_in_order()
    {
        var hub = new CorpusHub();
        hub.Publish(State("a", 1));
        hub.Publish(State("b", 1));
        await using var watch = hub.WatchAsync(Cancel).GetAsyncEnumerator(Cancel);
        Assert.Equal(("a", "1"), await NextAsync(watch));
        Assert.Equal(("b", "1"), await NextAsync(watch));
        hub.Publish(State("a", 2));
        Assert.Equal(("a", "2"), await NextAsync(watch));
        hub.Publish(State("a", 2));
        hub.Publish(State("c", 1));
        Assert.Equal(("c", "1"), await NextAsync(watch));
    }

    [Fact]
    public async Task Under_concurrent_changes_every_watcher_ends_with_the_last_state_of_each_corpus()
    {
        var hub = new CorpusHub();
        const int Tenants = 5, Changes = 2000;
        var watchers = Enumerable.Range(0, 20).Select(_ => Task.Run(
            async () =>
            {
                var last = new Dictionary<string, long>();
                await foreach (var state in hub.WatchAsync(Cancel))
                {
                    Assert.True(last.GetValueOrDefault(state.Tenant) < state.Documents, "went back");
                    last[state.Tenant] = state.Documents;
                    if (last.Count == Tenants && last.Values.All(value => value == Changes)) return;
                }
            },
            Cancel)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Tenants).Select(tenant => Task.Run(
            () =>
            {
                for (var i = 1; i <= Changes; i++) hub.Publish(State($"t{tenant}", i));
            },
            Cancel)));
        await Task.WhenAll(watchers).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    private static CorpusState State(string tenant, long version) => new() { Tenant = tenant, CorpusVersion = $"{version}", Documents = version };

    private static async Task<(string, string)> NextAsync(IAsyncEnumerator<CorpusState> watch)
    {
        Assert.True(await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        return (watch.Current.Tenant, watch.Current.CorpusVersion);
    }
}
