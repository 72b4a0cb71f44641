using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Aspire.Hosting.Local.Dashboard.Service;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.LocalHosting.TestHost;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Processes;

/// <summary>With a dashboard that is LocalHosting.TestApp: what it is given, it tells; what it would ask, these tests ask. The real one is the browser test's matter.</summary>
[Trait("Category", "Slow")]
public sealed partial class DashboardTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Services_are_told_where_the_dashboard_takes_telemetry_and_the_dashboard_where_resources_are_told()
    {
        await using var application = Start([], new ResourceModel("service") { External = true });
        var service = UrlPattern().Match(await application.WaitUntilReadyAsync()).Value;
        var (page, dashboard) = await DashboardAsync(application);
        var given = (await Http.GetFromJsonAsync<Dictionary<string, string>>(service + "/env", Token))!;

        Assert.Equal(page, dashboard["ASPNETCORE_URLS"]);
        Assert.Equal(given["OTEL_EXPORTER_OTLP_ENDPOINT"], dashboard["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"]);
        Assert.Equal(given["OTEL_EXPORTER_OTLP_HEADERS"], "x-otlp-api-key=" + dashboard["Dashboard__Otlp__PrimaryApiKey"]);
        Assert.Equal("http/protobuf", given["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("ApiKey", dashboard["Dashboard__Otlp__AuthMode"]);
        Assert.DoesNotContain(dashboard.Keys, name => name.StartsWith("OTEL_", StringComparison.Ordinal));
        Assert.All(["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"], name => Assert.StartsWith("http://localhost:", dashboard[name], StringComparison.Ordinal));
        await EndAsync(application);
    }

    [Fact]
    public async Task Who_has_a_collector_of_his_own_keeps_it()
    {
        await using var application = Start([("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1"), ("OTEL_EXPORTER_OTLP_HEADERS", "mine=1")], new ResourceModel("service") { External = true });
        var service = UrlPattern().Match(await application.WaitUntilReadyAsync()).Value;
        var given = (await Http.GetFromJsonAsync<Dictionary<string, string>>(service + "/env", Token))!;
        Assert.Equal(("http://localhost:1", "mine=1"), (given["OTEL_EXPORTER_OTLP_ENDPOINT"], given["OTEL_EXPORTER_OTLP_HEADERS"]));
        await EndAsync(application);
    }

    [Fact]
    public async Task A_killed_dashboard_comes_back_at_its_addresses_and_is_told_everything_again()
    {
        await using var application = Start([], new ResourceModel("service") { Environment = { ["TEST_PRINT"] = "hello" } });
        await application.WaitUntilReadyAsync();
        var (page, before) = await DashboardAsync(application);

        Assert.Equal(0, Program.Kill(application.ProcessIds()["dashboard"], Program.SigKill));
        await application.WaitForStateAsync("dashboard", "Restarting");
        await application.WaitForStateAsync("dashboard", "Healthy");

        var after = (await Http.GetFromJsonAsync<Dictionary<string, string>>(page + "/env", Token))!;
        Assert.Equal(before.OrderBy(entry => entry.Key), after.OrderBy(entry => entry.Key));
        using var channel = Channel(after);
        var client = new DashboardService.DashboardServiceClient(channel);
        using var watch = client.WatchResources(new() { IsReconnect = true }, Headers(after), cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        var service = Assert.Single(watch.ResponseStream.Current.InitialData.Resources);
        Assert.Equal(("service", "Running", "success"), (service.DisplayName, service.State, service.StateStyle));
        using var logs = client.WatchResourceConsoleLogs(new() { ResourceName = service.Name, SuppressFollow = true }, Headers(after), cancellationToken: Token);
        Assert.Contains(await logs.ResponseStream.ReadAllAsync(Token).SelectMany(update => update.LogLines).ToListAsync(Token), line => line.Text == "hello");
        await EndAsync(application);
    }

    [Fact]
    public async Task A_dashboard_that_cannot_run_disturbs_nobody()
    {
        var program = Directory.CreateDirectory(_folder.File("broken")).FullName;
        Script(Path.Combine(program, "aspire-managed"), "exit 1");
        await using var application = SampleApplication.Start([("LocalHosting__DashboardFolder", program)], new ResourceModel("service"));
        await application.WaitUntilReadyAsync();
        await application.WaitForStateAsync("dashboard", "Restarting");
        await EndAsync(application);
    }

    [Fact]
    public async Task Where_there_is_none_one_line_says_how_to_add_it()
    {
        await using var application = SampleApplication.Start([("LocalHosting__DashboardFolder", _folder.File("nothing")), ("PATH", "/usr/bin:/bin")], new ResourceModel("service"));
        Assert.Contains("--install-dashboard", await application.Host.WaitForLineAsync("No dashboard"), StringComparison.Ordinal);
        await application.WaitUntilReadyAsync();
        await EndAsync(application);
    }

    [Fact]
    public async Task A_person_stops_starts_and_restarts_a_resource_and_sees_each_state_within_a_second()
    {
        await using var application = Start([], new ResourceModel("service") { External = true });
        var url = UrlPattern().Match(await application.WaitUntilReadyAsync()).Value;
        var (_, dashboard) = await DashboardAsync(application);
        using var channel = Channel(dashboard);
        var client = new DashboardService.DashboardServiceClient(channel);
        using var watch = client.WatchResources(new(), Headers(dashboard), cancellationToken: Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        var name = watch.ResponseStream.Current.InitialData.Resources.Single().Name;

        Assert.Equal(ResourceCommandResponseKind.Succeeded, await CommandAsync("stop"));
        var stopped = await UntilAsync(resource => resource.Commands.Single(command => command.Name == "start").State == ResourceCommandState.Enabled);
        Assert.Equal(("Exited", "info"), (stopped.State, stopped.StateStyle));
        await Assert.ThrowsAsync<HttpRequestException>(() => Http.GetStringAsync(url + "/health", Token));
        Assert.Equal(ResourceCommandResponseKind.Failed, await CommandAsync("stop"));

        Assert.Equal(ResourceCommandResponseKind.Succeeded, await CommandAsync("start"));
        await UntilAsync(resource => resource.StateStyle == "success");
        Assert.Equal("Healthy", await Http.GetStringAsync(url + "/health", Token));
        Assert.Equal(ResourceCommandResponseKind.Failed, await CommandAsync("start"));

        var before = application.ProcessIds()["service"];
        Assert.Equal(ResourceCommandResponseKind.Succeeded, await CommandAsync("restart"));
        await UntilAsync(resource => resource.StateStyle == "success" && resource.Properties.Single(property => property.Name == "executable.pid").Value.NumberValue != before);
        Assert.Equal(ResourceCommandResponseKind.Failed, await CommandAsync("dance"));
        await EndAsync(application);

        async Task<ResourceCommandResponseKind> CommandAsync(string command) =>
            (await client.ExecuteResourceCommandAsync(new() { ResourceName = name, CommandName = command }, Headers(dashboard), cancellationToken: Token)).Kind;

        async Task<Resource> UntilAsync(Func<Resource, bool> wanted)
        {
            while (await watch.ResponseStream.MoveNext(Token))
            {
                foreach (var change in watch.ResponseStream.Current.Changes.Value)
                {
                    // The state's own time is behind by what it took to tell it.
                    if (wanted(change.Upsert)) return change.Upsert;
                }
            }

            throw new InvalidOperationException("The watch ended.");
        }
    }

    [Fact]
    public async Task A_resource_that_a_person_has_stopped_does_not_keep_the_application_from_ending()
    {
        await using var application = Start([], new ResourceModel("service"));
        await application.WaitUntilReadyAsync();
        var (_, dashboard) = await DashboardAsync(application);
        using var channel = Channel(dashboard);
        var client = new DashboardService.DashboardServiceClient(channel);
        await client.ExecuteResourceCommandAsync(new() { ResourceName = "service", CommandName = "stop" }, Headers(dashboard), cancellationToken: Token);
        await EndAsync(application);
    }

    public void Dispose() => _folder.Dispose();

    private SampleApplication Start((string, string)[] environment, params ResourceModel[] resources)
    {
        Script(_folder.File("aspire-managed"), $"exec '{Path.ChangeExtension(Programs.TestApp, null)}' \"$@\"");
        return SampleApplication.Start([.. environment, ("LocalHosting__DashboardFolder", _folder.Path)], resources);
    }

    /// <summary>Where the dashboard is, and what it was given.</summary>
    private static async Task<(string Page, Dictionary<string, string> Environment)> DashboardAsync(SampleApplication application)
    {
        var line = application.Host.Output.FirstOrDefault(line => line.StartsWith("Dashboard: ", StringComparison.Ordinal)) ?? await application.Host.WaitForLineAsync("Dashboard: ");
        var login = LoginPattern().Match(line);
        Assert.True(login.Success, line);
        var environment = (await Http.GetFromJsonAsync<Dictionary<string, string>>(login.Groups[1].Value + "/env", Token))!;
        Assert.Equal(environment["Dashboard__Frontend__BrowserToken"], login.Groups[2].Value);
        return (login.Groups[1].Value, environment);
    }

    private static GrpcChannel Channel(Dictionary<string, string> dashboard) => GrpcChannel.ForAddress(dashboard["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"]);

    private static Metadata Headers(Dictionary<string, string> dashboard) => new() { { ResourceServiceKey.Header, dashboard["Dashboard__ResourceServiceClient__ApiKey"] } };

    private static async Task EndAsync(SampleApplication application)
    {
        application.Host.Signal(Program.SigTerm);
        Assert.Equal(0, await application.Host.WaitForExitAsync());
    }

    private static void Script(string path, string text)
    {
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [GeneratedRegex(@"http://localhost:\d+")]
    private static partial Regex UrlPattern();

    [GeneratedRegex(@"^Dashboard: (http://localhost:\d+)/login\?t=(\S{32})$")]
    private static partial Regex LoginPattern();
}
