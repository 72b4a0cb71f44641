using System.Text.Json;
using Slipway.ProviderContract;
using Slipway.Testing;

namespace Slipway.Cli.Tests;

/// <summary><c>slipway contract</c> against the simulator, which is an OpenAI-compatible endpoint like any other.</summary>
public sealed class ContractTests : IAsyncDisposable
{
    private readonly SimHost _sim = new(null, ("Sim:ApiKey", "secret"));

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Fact]
    public async Task A_provider_that_keeps_to_the_contract_is_exit_code_0_with_json_on_standard_output_alone()
    {
        var (code, output, errors) = await RunAsync("--model", "sim", "--embedding-model", "sim-embedding", "--context-window", "131072", "--json");

        Assert.True(code == 0, errors);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("sim", 0), (report.GetProperty("model").GetString(), report.GetProperty("failed").GetInt32()));
        Assert.Equal(ContractSuite.Checks.Select(check => check.Name), report.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
        // What only a provider that fails on demand can show.
        Assert.Equal(
            ["cancellation", "rate-limit", "cut-stream", "no-finish", "error-in-stream", "malformed-chunk", "no-done"],
            report.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("outcome").GetString() == "skipped").Select(check => check.GetProperty("name").GetString()));
        Assert.Contains("pass  plain-answer", errors, StringComparison.Ordinal);
        Assert.Contains("0 failed, 7 skipped", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_nothing_stands_on_standard_output_and_one_check_can_be_made_alone()
    {
        var (code, output, errors) = await RunAsync("--model", "sim", "--check", "stop", "--check", "seed");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("2 passed, 0 failed, 0 skipped", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_check_is_exit_code_1_and_says_what_should_be()
    {
        // A window that is said to be smaller than it is: the prompt is answered.
        var (code, _, errors) = await RunAsync("--model", "sim", "--context-window", "1000", "--check", "context-length");
        Assert.Equal(1, code);
        Assert.Contains("FAIL  context-length", errors, StringComparison.Ordinal);
        Assert.Contains("The call was answered, not refused.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_checked_is_exit_code_2()
    {
        Assert.Equal(2, (await RunAsync("--model", "gpt-9")).Code);
        Assert.Equal(2, (await RunAsync("--model", "sim", "--check", "rate-limit")).Code);
        Assert.Equal(2, (await RunAsync("--model", "sim", "--check", "no-such-check")).Code);
        Assert.Equal(2, (await RunAsync("--model", "sim", "--key", "wrong")).Code);
        Assert.Equal(2, (await RunAsync("--model", "sim", "--url", "ftp://x")).Code);
        Assert.Contains("refused the list of models: 401", (await RunAsync("--model", "sim", "--key", "wrong")).Errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] more)
    {
        using StringWriter output = new(), errors = new();
        string[] defaults = [.. more.Contains("--url") ? [] : (string[])["--url", _sim.Address.ToString()], .. more.Contains("--key") ? [] : (string[])["--key", "secret"]];
        var code = await CommandLine.RunAsync(["contract", .. defaults, .. more], output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
