using System.Text.Json.Nodes;

namespace Slipway.Cli.Tests;

/// <summary><c>slipway trace</c>.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private FakeAdmin _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await FakeAdmin.StartAsync();

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact]
    public async Task The_waterfall_has_each_stage_after_the_one_before_it_and_names_what_is_over_its_budget()
    {
        var (code, output, _) = await RunAsync("r-1");
        Assert.Equal(0, code);
        foreach (var shown in new[] { "r-1", "acme", "answers", "200", "retrieval=keyword", "800 + 120 tokens", "over budget: retrieval by 50.0 ms" })
            Assert.True(output.Contains(shown, StringComparison.Ordinal), $"'{shown}' is not in:\n{output}");
        var order = new[] { "gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record", "without model", "end to end" }.Select(stage => output.IndexOf("\n  " + stage, StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(-1, order);
        Assert.Equal(order.Order(), order);
    }

    [Fact]
    public async Task Json_tells_the_same_to_machines()
    {
        var json = JsonNode.Parse((await RunAsync("r-1", "--json")).Output)!;
        var stages = json["stages"]!.AsArray().ToDictionary(step => (string)step!["stage"]!);
        Assert.Equal((453.1 + 3, 900, 1700), ((double)stages["model"]!["start_ms"]!, (double)stages["model"]!["ms"]!, (double)stages["model"]!["budget_ms"]!));
        Assert.True((bool)stages["retrieval"]!["over"]!);
        Assert.Equal(["retrieval"], json["over_budget"]!.AsArray().Select(stage => (string?)stage));
        Assert.Equal("acme", (string?)json["request"]!["tenant"]);
    }

    [Fact]
    public async Task A_stream_is_held_to_its_first_text_and_a_model_called_by_name_to_nothing()
    {
        _admin.Request["stream"] = true;
        _admin.Request["first_token_ms"] = 1900;
        _admin.Request["total_ms"] = 9000;
        _admin.Request["stages_ms"]!["model"] = 8500;
        _admin.Request["stages_ms"]!["retrieval"] = 300;
        Assert.Contains("within its budgets", (await RunAsync("r-1")).Output, StringComparison.Ordinal);
        _admin.Request["first_token_ms"] = 2600;
        Assert.Contains("over budget: model by 593.9 ms, end to end by 100.0 ms", (await RunAsync("r-1")).Output, StringComparison.Ordinal);
        _admin.Request["route"] = "chat.completions.passthrough";
        Assert.Contains("within its budgets", (await RunAsync("r-1")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_not_kept_is_exit_code_2_in_the_edges_words()
    {
        var (code, output, errors) = await RunAsync("r-2");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("404 request_not_found: No record of this request is kept.", errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] more)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync(["trace", "--edge", _admin.Address.ToString(), "--key", FakeAdmin.Key, .. more], output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
