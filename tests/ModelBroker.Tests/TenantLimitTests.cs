using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cache.Tests.Engines;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests;

/// <summary><c>tenantLimits</c>, through the broker as a whole.</summary>
public sealed class TenantLimitTests(GarnetEngine engine) : IClassFixture<GarnetEngine>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tenant_is_held_to_its_requests_whatever_it_asks_and_others_are_not()
    {
        await using var route = new SimRoute(new FakeTimeProvider(), """{"small":{"rpm":4}}""", ["sim"]);
        await route.Broker.CompleteAsync(Ask("small", "one"));
        await route.Broker.StreamAsync(Ask("small", "two"));
        await route.Broker.Client.EmbedAsync(new EmbeddingsRequest { Tenant = "small", Model = "sim-embedding", Texts = { Enumerable.Repeat("x", 256) } }, cancellationToken: Cancellation);
        await route.Broker.CompleteAsync(new CompleteRequest(Ask("small", "three")) { Model = "sim" });
        foreach (var stream in (bool[])[false, true])
        {
            var refused = await route.Broker.RefusalAsync(Ask("small", "four"), stream, within: TimeSpan.FromSeconds(30));
            Assert.Equal((StatusCode.ResourceExhausted, "rate_limit_exceeded", "The tenant has reached its limit of 4 requests per minute."), (refused.Status, refused.Code, refused.Message));
            Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(60));
        }

        var labels = Assert.ThrowsAsync<RpcException>(() => route.Broker.Client.ClassifyAsync(
            new ClassifyRequest { Tenant = "small", Model = "sim", Texts = { "a" }, Labels = { "a", "b" } }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: Cancellation).ResponseAsync);
        Assert.Equal("rate_limit_exceeded", ServiceError.From(await labels)!.Code);
        // Nobody was asked for what was refused; others are not held.
        Assert.Equal(4, route.Seen.Count);
        for (var i = 0; i < 10; i++) await route.Broker.CompleteAsync(Ask("large", $"{i}"));
    }

    [Fact]
    public async Task Every_other_tenant_has_the_limits_of_the_star_each_for_itself_and_they_come_back_after_a_minute()
    {
        var time = new FakeTimeProvider();
        await using var route = new SimRoute(time, """{"*":{"rpm":1},"free":{}}""", ["sim"]);
        foreach (var tenant in (string[])["a", "b"])
        {
            await route.Broker.CompleteAsync(Ask(tenant, "one"));
            Assert.Equal("rate_limit_exceeded", (await route.Broker.RefusalAsync(Ask(tenant, "two"), within: TimeSpan.FromSeconds(30))).Code);
        }

        for (var i = 0; i < 3; i++) await route.Broker.CompleteAsync(Ask("free", $"{i}"));
        time.Advance(TimeSpan.FromSeconds(60));
        await route.Broker.CompleteAsync(Ask("a", "two"));
    }

    [Fact]
    public async Task A_call_counts_once_however_many_models_are_tried_and_a_shared_answer_not_at_all()
    {
        await using var route = new SimRoute(null, """{"small":{"rpm":2}}""", ["sim:status=401", "sim"]);
        var same = new CompleteRequest(Ask("small", "one")) { Temperature = 0 };
        Assert.Equal("sim", (await route.Broker.CompleteAsync(same)).Model);
        Assert.True((await route.Broker.CompleteAsync(same)).Shared);
        await route.Broker.CompleteAsync(Ask("small", "two"));
        Assert.Equal("sim:status=401, sim, sim:status=401, sim", route.Asked);
        Assert.Equal("rate_limit_exceeded", (await route.Broker.RefusalAsync(Ask("small", "three"), within: TimeSpan.FromSeconds(30))).Code);
    }

    [Fact]
    public async Task Tokens_are_estimated_before_and_settled_after()
    {
        await using var route = new SimRoute(new FakeTimeProvider(), """{"small":{"tpm":1000}}""", ["sim"]);
        // Estimated at some 600 each, used some 50: both fit, and what is too much for what is left does not.
        for (var i = 0; i < 2; i++) await route.Broker.CompleteAsync(new CompleteRequest(Ask("small", $"{i}")) { MaxOutputTokens = 600 });
        var refused = await route.Broker.RefusalAsync(new CompleteRequest(Ask("small", "three")) { MaxOutputTokens = 950 }, within: TimeSpan.FromSeconds(30));
        Assert.Equal("The tenant has reached its limit of 1000 tokens per minute.", refused.Message);
        await route.Broker.CompleteAsync(new CompleteRequest(Ask("small", "four")) { MaxOutputTokens = 500 });
    }

    [Fact]
    public async Task A_call_too_many_at_once_waits_for_one_that_ends()
    {
        await using var route = new SimRoute(null, """{"small":{"maxConcurrency":1}}""", ["sim", "sim-f400"]);
        var first = route.Broker.CompleteAsync(new CompleteRequest(Ask("small", "one")) { Model = "sim-f400" });
        await route.Sim.Log.WaitForAsync(entries => entries.Count == 1, Cancellation);
        await route.Broker.CompleteAsync(Ask("small", "two"));
        await first;
        Assert.Equal("sim-f400, sim", route.Asked);
        Assert.True(route.Seen[1].At >= route.Seen[0].EndedAt, "The second was asked before the first had ended.");
    }

    [Fact]
    public async Task Three_replicas_hold_a_tenant_to_its_limit_together()
    {
        await using var sim = new SimRoute(null, """{"small":{"rpm":5}}""", ["sim"], ("ConnectionStrings:redis", engine.ConnectionString));
        await using var second = new SimRoute(null, """{"small":{"rpm":5}}""", ["sim"], ("ConnectionStrings:redis", engine.ConnectionString));
        await using var third = new SimRoute(null, """{"small":{"rpm":5}}""", ["sim"], ("ConnectionStrings:redis", engine.ConnectionString));
        SimRoute[] replicas = [sim, second, third];
        await Task.WhenAll(replicas.Select(replica => replica.Broker.Store.WhenUsableAsync())).WaitAsync(Cancellation);
        var given = 0;
        for (var i = 0; i < 12; i++)
        {
            try
            {
                await replicas[i % 3].Broker.Client.CompleteAsync(Ask("small", $"{i}"), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20), cancellationToken: Cancellation);
                given++;
            }
            catch (RpcException exception)
            {
                Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
            }
        }

        Assert.Equal((5, 5), (given, replicas.Sum(replica => replica.Seen.Count)));
    }

    private static CompleteRequest Ask(string tenant, string text) => new(BrokerHost.Ask(text, "answer")) { Tenant = tenant };
}
