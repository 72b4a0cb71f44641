using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Records;
using Slipway.Assistant.RequestPath;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Assistant.Warming;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Warming;

public sealed class CacheWarmerTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task A_tenants_frequent_questions_and_those_of_the_file_are_answered_and_recorded_apart()
    {
        Peers.Cache.Frequent = tenant => tenant == Tenant ? [Question, "Asked often?"] : [];
        Host.Learn(Tenant, "c1");
        using var warmer = Warmer("Asked often?", "From the file?");
        await warmer.StartAsync(Cancellation);

        foreach (var question in (string[])[Question, "Asked often?", "From the file?"])
            await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant && store.Key.Question == question);
        var record = (await Peers.Control.Records.FirstAsync(sent => sent.Tenant == Tenant)).Request;
        Assert.Equal(("warming", 0.0125), (record.Route, record.CostUsd));
        await warmer.StopAsync(Cancellation);

        Assert.Equal([Question, "Asked often?", "From the file?"], Peers.Retrieval.Searches.Requests.Where(search => search.Tenant == Tenant).Select(search => search.Query));
        Assert.All(Peers.Broker.Completes.Requests.Where(call => call.Tenant == Tenant), call => Assert.True(call.Background));
        Assert.All(Peers.Cache.Lookups.Requests.Where(lookup => lookup.Key.Scope.Tenant == Tenant), lookup => Assert.True(lookup.Background));
        // Who asks now is answered from the cache.
        Assert.Equal("output", (await ChatAsync()).Header("x-slipway-cache"));
        await ChatAsync("Asked by a caller?");
        Assert.False(Peers.Broker.Completes.Requests.Last(call => call.Tenant == Tenant).Background);
    }

    [Fact]
    public async Task A_tenant_without_documents_is_left_alone()
    {
        Host.Learn(Tenant, "empty");
        Host.Learn(Tenant + "b", "c1");
        Peers.Cache.Frequent = _ => [Question];
        using var warmer = Warmer();
        await warmer.StartAsync(Cancellation);
        await Peers.Cache.Stores.FirstAsync(store => store.Key.Scope.Tenant == Tenant + "b" && store.Key.Tier == CacheTier.Output);
        await warmer.StopAsync(Cancellation);

        Assert.DoesNotContain(Peers.Retrieval.Searches.Requests, search => search.Tenant == Tenant);
    }

    private CacheWarmer Warmer(params string[] questions) => new(
        new Dictionary<string, IReadOnlyList<string>> { [Tenant] = questions }, new WarmingOptions { Settle = TimeSpan.Zero, PerSecond = 100 }, Host.Get<AnswerPath>(), Host.Get<Releases>(), Host.Get<Corpora>(),
        Host.Get<CacheService.CacheServiceClient>(), Host.Get<BudgetTable>(), Host.Get<Recorder>(), TimeProvider.System, NullLogger<CacheWarmer>.Instance);
}
