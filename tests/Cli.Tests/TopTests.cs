using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cli.Edge;
using Slipway.Cli.Top;
using Spectre.Console.Testing;

namespace Slipway.Cli.Tests;

/// <summary><c>slipway top</c>.</summary>
public sealed class TopTests : IAsyncLifetime
{
    private FakeAdmin _admin = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _admin = await FakeAdmin.StartAsync();

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task It_shows_stages_against_budgets_tenants_models_cache_cost_degradations_and_events()
    {
        _admin.Alerts.Add((JsonNode)new JsonObject { ["route"] = "answers", ["objective"] = "end_to_end", ["rule"] = "slow", ["severity"] = "page", ["since"] = "2027-01-15T07:00:00+00:00", ["message"] = "answers: too slow." });
        var text = await DrawAsync();
        foreach (var shown in new[]
        {
            "1,650 requests", "(5/s)", "1.0 % failed", "0.4 % degraded", "1.5 USD, 0.9 USD per 1,000", "3 records dropped", "answers: stages against budgets", "end to end", "3000.0", "2500", "7.5", "123.4", "400", "acme", "[odd]",
            "1,200", "gpt-2027-01", "1 off", "2027-06-30", "output", "330", "20.0 %", "retrieval=keyword", "answers: too slow.", "model_version: gpt: [another] version answers.",
        })
            Assert.True(text.Contains(shown, StringComparison.Ordinal), $"'{shown}' is not in:\n{text}");
    }

    [Fact]
    public async Task A_service_that_is_away_hides_nothing_else()
    {
        _admin.PeersAnswer = false;
        var text = await DrawAsync();
        Assert.Contains("the model broker does not answer", text, StringComparison.Ordinal);
        Assert.Contains("no alerts", text, StringComparison.Ordinal);
        Assert.Contains("acme", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_one_snapshot_on_standard_output()
    {
        var (code, output, errors) = await RunAsync("--json", "--key", FakeAdmin.Key, "--window", "60");
        Assert.Equal((0, ""), (code, errors));
        var json = JsonNode.Parse(output)!;
        Assert.Equal(60, (int)json["window_minutes"]!);
        Assert.Equal(1650, (int)json["kpis_by_route"]!["total"]!["requests"]!);
        Assert.Equal("acme", (string?)json["kpis_by_tenant"]!["groups"]![0]!["tenant"]);
        Assert.Equal("default", (string?)json["slo"]!["routes"]![0]!["route"]);
        Assert.Equal("gpt", (string?)json["models"]![0]!["model"]);
        Assert.Equal("model_version", (string?)json["events"]![0]!["kind"]);
        _admin.PeersAnswer = false;
        Assert.Null(JsonNode.Parse((await RunAsync("--json", "--key", FakeAdmin.Key)).Output)!["models"]);
    }

    [Fact]
    public async Task A_refused_key_an_edge_that_is_away_and_wrong_options_are_exit_code_2()
    {
        var (code, _, errors) = await RunAsync("--key", "sk-wrong");
        Assert.Equal(2, code);
        Assert.Contains("401 invalid_api_key", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("--key", FakeAdmin.Key, "--window", "7")).Code);
        Assert.Equal(2, (await RunAsync("--key", FakeAdmin.Key, "--interval", "0")).Code);
        _admin.Answers = false;
        Assert.Equal(2, (await RunAsync("--key", FakeAdmin.Key)).Code);
    }

    [Fact]
    public async Task Live_it_goes_on_with_what_was_seen_last_while_the_edge_is_away()
    {
        var console = new TestConsole().Width(200).Interactive();
        var time = new FakeTimeProvider();
        using var edge = new EdgeClient(_admin.Address, FakeAdmin.Key, TimeSpan.FromSeconds(10));
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var looks = 0;
        var loop = new TopLoop(console, cancel =>
        {
            if (++looks == 4) stopped.Cancel();
            if (looks == 2) throw new UnableException("The edge did not answer.");
            return TopSnapshot.ReadAsync(edge, 5, cancel);
        }, null, TimeSpan.FromSeconds(2), time);
        var running = loop.RunAsync(live: true, stopped.Token);
        while (!running.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        await running;
        Assert.Equal(4, looks);
        Assert.Contains("The edge did not answer. Trying again.", console.Output, StringComparison.Ordinal);
        Assert.Contains("1,650 requests", console.Output, StringComparison.Ordinal);
    }

    private async Task<string> DrawAsync()
    {
        using var edge = new EdgeClient(_admin.Address, FakeAdmin.Key, TimeSpan.FromSeconds(10));
        var console = new TestConsole().Width(220);
        console.Write(TopView.Draw(await TopSnapshot.ReadAsync(edge, 5, Cancel), null, null));
        return console.Output;
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] more)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync(["top", "--edge", _admin.Address.ToString(), .. more], output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
