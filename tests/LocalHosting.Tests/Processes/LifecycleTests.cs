using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Slipway.LocalHosting.TestHost;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Processes;

[Trait("Category", "Slow")]
public sealed partial class LifecycleTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task A_resource_starts_when_those_that_it_waits_for_are_healthy_and_then_all_is_ready_once()
    {
        using var folder = new TempFolder();
        var healthy = folder.File("healthy");
        await using var application = SampleApplication.Start(
            new ResourceModel("store") { Environment = { ["TEST_HEALTH_FILE"] = healthy } },
            new ResourceModel("service") { WaitFor = ["store"], External = true });

        await application.WaitForStateAsync("service", "Waiting (for store)");
        Assert.DoesNotContain(("service", "Starting"), application.States());

        await File.WriteAllTextAsync(healthy, "", TestContext.Current.CancellationToken);
        var ready = await application.WaitUntilReadyAsync();

        Assert.Matches(@"^Sample is ready: http://localhost:\d+$", ready);
        var states = application.States().Select(state => state.Name + " " + state.State.Split(' ')[0]).ToList();
        Assert.True(states.IndexOf("store Healthy") < states.IndexOf("service Starting"), string.Join(", ", states));
        Assert.Contains("service Healthy", states);
        application.Host.Signal(Program.SigTerm);
        Assert.Equal(0, await application.Host.WaitForExitAsync());
        Assert.Single(application.Host.Output, line => line.Contains("is ready", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_line_of_output_begins_with_the_resources_name()
    {
        await using var application = SampleApplication.Start(new ResourceModel("talker")
        {
            Environment = { ["TEST_PRINT"] = "to the output", ["TEST_PRINT_ERROR"] = "to the error", ["TEST_PRINT_LONG"] = "200000" },
        });
        await application.WaitUntilReadyAsync();
        application.Host.Signal(Program.SigTerm);
        await application.Host.WaitForExitAsync();

        var output = application.Host.Output;
        Assert.Contains("talker | to the output", output);
        Assert.Contains("talker | to the error", output);
        Assert.Equal(200_000, output.Where(line => line.StartsWith("talker | xx", StringComparison.Ordinal)).Sum(line => line.Length - "talker | ".Length));
        Assert.DoesNotContain(output, line => line.StartsWith('x'));
    }

    [Fact]
    public async Task What_crashes_comes_back_at_the_same_address_soon_and_later_the_second_time()
    {
        await using var application = SampleApplication.Start(new ResourceModel("service") { External = true });
        var url = UrlPattern().Match(await application.WaitUntilReadyAsync()).Value;

        await CrashAsync(url);
        Assert.EndsWith("Exited(3)", await application.WaitForStateAsync("service", "Exited"), StringComparison.Ordinal);
        Assert.EndsWith("Restarting in 0.25 s", await application.WaitForStateAsync("service", "Restarting"), StringComparison.Ordinal);
        await application.WaitForStateAsync("service", "Healthy");
        Assert.Equal("Healthy", await Http.GetStringAsync(url + "/health", TestContext.Current.CancellationToken));

        Assert.Equal(0, Program.Kill(application.ProcessIds()["service"], Program.SigKill));
        Assert.EndsWith("Exited(137)", await application.WaitForStateAsync("service", "Exited"), StringComparison.Ordinal);
        Assert.EndsWith("Restarting in 1 s", await application.WaitForStateAsync("service", "Restarting"), StringComparison.Ordinal);
        await application.WaitForStateAsync("service", "Healthy");

        application.Host.Signal(Program.SigTerm);
        Assert.Equal(0, await application.Host.WaitForExitAsync());
    }

    [Fact]
    public async Task A_resource_that_never_was_ready_makes_the_exit_code_1()
    {
        await using var application = SampleApplication.Start(new ResourceModel("broken") { Environment = { ["TEST_EXIT"] = "7" } });
        await application.WaitForStateAsync("broken", "Restarting in 1 s");
        application.Host.Signal(Program.SigTerm);
        Assert.Equal(1, await application.Host.WaitForExitAsync());
        Assert.Contains(("broken", "Exited(7)"), application.States());
    }

    [Fact]
    public async Task A_child_is_given_what_the_model_says_and_not_the_hosts_own()
    {
        await using var application = SampleApplication.Start(
            [("ASPNETCORE_URLS", "http://localhost:1"), ("DOTNET_LAUNCH_PROFILE", "http"), ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:2"), ("HANDED_ON", "yes")],
            new ResourceModel("store"),
            new ResourceModel("service") { External = true, References = ["store"], Environment = { ["SAID"] = "so" } });
        var url = UrlPattern().Match(await application.WaitUntilReadyAsync()).Value;

        var environment = (await Http.GetFromJsonAsync<Dictionary<string, string>>(url + "/env", TestContext.Current.CancellationToken))!;

        Assert.Equal(url, environment["ASPNETCORE_URLS"]);
        Assert.Matches(@"^\d+$", environment["GRPC_PORT"]);
        Assert.Matches(@"^http://localhost:\d+$", environment["services__store__http__0"]);
        Assert.Matches(@"^http://localhost:\d+$", environment["services__store__grpc__0"]);
        Assert.Equal(environment["services__store__http__0"], environment["STORE_HTTP"]);
        Assert.Matches(@"^127\.0\.0\.1:\d+,password=secret$", environment["ConnectionStrings__store"]);
        Assert.Equal("service", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal("so", environment["SAID"]);
        Assert.Equal("yes", environment["HANDED_ON"]);
        Assert.Equal("stdin", environment["SLIPWAY_LIFELINE"]);
        Assert.DoesNotContain("DOTNET_LAUNCH_PROFILE", environment.Keys);
        Assert.DoesNotContain("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", environment.Keys);
    }

    private static async Task CrashAsync(string url)
    {
        try
        {
            await Http.PostAsync(url + "/crash", null, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            // It has done what it was asked for.
        }
    }

    [GeneratedRegex(@"http://localhost:\d+")]
    private static partial Regex UrlPattern();
}
