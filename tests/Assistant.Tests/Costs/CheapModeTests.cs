using System.Text.Json.Nodes;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Costs;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.Flags;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Costs;

/// <summary>An assistant whose route <c>answers</c> may cost 5 USD per 1,000 requests; the fake model costs 12.5.</summary>
public sealed class CheapModeFixture : AssistantFixture
{
    public CheapModeFixture() => Peers.Broker.OnListModels = Catalog;

    protected override string Slo
    {
        get
        {
            var json = JsonNode.Parse(SloJson.With())!;
            var answers = JsonNode.Parse(json["routes"]!["default"]!.ToJsonString())!;
            answers["costPer1000Usd"] = 5;
            json["routes"]!["answers"] = answers;
            return json.ToJsonString();
        }
    }

    protected override string? Flags => File.ReadAllText(Path.Combine(Repository.Root, "ai", "flags.json"));

    internal static ListModelsResponse Catalog()
    {
        var catalog = FakeBroker.Catalog();
        catalog.Models[0].InputCostPerToken = 2e-4;
        catalog.Models[0].OutputCostPerToken = 4e-4;
        catalog.Aliases.Add(new ModelAlias { Name = "small", Models = { "second" } });
        return catalog;
    }
}

/// <summary>In one test, because a route's costs are the process' own.</summary>
public sealed class CheapModeTests(CheapModeFixture fixture) : AssistantTest(fixture), IClassFixture<CheapModeFixture>
{
    [Fact]
    public async Task A_route_over_its_budget_asks_the_small_model_until_the_flag_is_turned()
    {
        Peers.Broker.OnListModels = CheapModeFixture.Catalog;
        for (var i = 0; i < RouteCost.LeastRequests; i++) Assert.Equal("first", Model(await AskAsync(i)));
        await Eventually.TrueAsync(() => Host.Get<CheapMode>().Of("answers").IsOver);

        Peers.Broker.OnComplete = (request, _) =>
        {
            var completed = FakeBroker.Completed(request);
            completed.CostUsd = 0.0001;
            return Task.FromResult(completed);
        };
        var cheap = await AskAsync(100, (SlipwayHeaders.RequestId, "cheap"));
        Assert.Equal(("second", "flags=cheap"), (Model(cheap), cheap.Header("x-slipway-degraded")));
        Assert.Equal("0.0001", cheap.Header("x-slipway-cost-usd"));
        Assert.Equal(["flags=cheap"], (await Peers.Control.Records.FirstAsync(record => record.RequestId == "cheap")).Request.Degraded);

        // The route's costs fall, and the requests would still be too dear with the release's model: 42 * 2e-4 + 12 * 4e-4 USD each.
        for (var i = 0; i < 200; i++) Assert.Equal("second", Model(await AskAsync(200 + i)));
        var figures = Host.Get<CheapMode>().Of("answers").Figures;
        Assert.InRange(figures.Per1000, 1, 1.5);
        Assert.InRange(figures.FullPer1000, 12.5, 13.2);

        // Another route is not concerned.
        Assert.Equal("", (await ChatAsync()).Header("x-slipway-degraded"));
        // Nor is a release whose first model is the small one.
        Assert.Equal("", (await AskAsync(300, (SlipwayHeaders.Release, "r2"))).Header("x-slipway-degraded"));

        // Reversible by hand, without a restart.
        await Host.WriteFlagsAsync("""{ "flags": { "cheap": { "state": "DISABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off" } } }""");
        await Eventually.TrueAsync(() => Host.Get<FlagFile>().Flags.Evaluate("cheap", new Dictionary<string, object?>()).Reason == FlagReason.Disabled);
        var full = await AskAsync(400);
        Assert.Equal(("first", ""), (Model(full), full.Header("x-slipway-degraded")));
    }

    [Fact]
    public void The_small_models_come_first_and_the_releases_own_after_them()
    {
        var catalog = Host.Get<ModelCatalog>();
        var binding = catalog.Bind(FakeControl.Releases().Releases[0]);
        Assert.Equal(["second", "first", "extractive"], catalog.Cheap(binding)!.Models.Select(model => model.Name));
        Assert.Null(catalog.Cheap(catalog.Bind(FakeControl.Releases().Releases[1])));
        Assert.Null(catalog.Cheap(catalog.Bind(FakeControl.Releases().Releases[4])));
    }

    private Task<Reply> AskAsync(int number, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/answers", $$"""{"question":"How is release number {{number}} rolled back?"}""", headers);

    private string Model(Reply reply)
    {
        Assert.Equal(200, reply.Status);
        return Peers.Broker.Completes.Requests.Last().Model;
    }
}
