using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Budgets;

/// <summary>A request whose whole time is shorter than what its stages would take after the gateway has spent most of it.</summary>
public sealed class ShortRequestFixture : AssistantFixture
{
    protected override string Slo => SloJson.Of(
        new Dictionary<string, int> { ["gateway"] = 100, ["flags"] = 100, ["cache"] = 2000, ["retrieval"] = 10_000, ["prompt"] = 10_000, ["model"] = 20_000, ["post"] = 500, ["record"] = 100 },
        endToEnd: 60_000, withoutModel: 30_000);
}

public sealed class ShortRequestTests(ShortRequestFixture fixture) : AssistantTest(fixture), IClassFixture<ShortRequestFixture>
{
    private const string GatewayTook = "58000000";

    [Fact]
    public async Task No_deadline_lies_after_the_requests_own()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, GatewayTook));

        foreach (var allowed in (TimeSpan?[])[
            .. Peers.Cache.Lookups.All.Select(call => call.Allowed), .. Peers.Retrieval.Searches.All.Select(call => call.Allowed),
            .. Peers.Prompts.Renders.All.Select(call => call.Allowed), .. Peers.Broker.Completes.All.Select(call => call.Allowed)])
        {
            Assert.InRange(allowed!.Value.TotalSeconds, 0, 2.001);
        }
    }

    [Fact]
    public async Task A_request_without_time_for_a_model_is_quoted()
    {
        var reply = await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, "60000000"), ("Cache-Control", "no-store"));

        // Nothing is left, so not even a search can be made.
        reply.MustBeError(503, "retrieval_unavailable");
        Assert.Empty(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task Waiting_for_another_requests_answer_ends_before_the_requests_own_end()
    {
        Host.Learn(Tenant, "c1");
        Peers.Cache.OnLookup = (_, _) => Task.FromResult(new LookupResponse());
        await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, GatewayTook));

        var waiting = Peers.Cache.Lookups.All.Single(call => call.Request.MaxWaitMs > 0);
        Assert.InRange(waiting.Request.MaxWaitMs, 1, 1000);
        Assert.InRange(waiting.Allowed!.Value.TotalSeconds, 0, 1.501);
        Assert.Single(Peers.Broker.Completes.All);
    }
}
