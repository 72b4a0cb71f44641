using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Slipway.Testing;
using static Microsoft.Playwright.Assertions;

namespace Slipway.Stack.Tests.Dashboard;

/// <summary>
/// The stack with the real Aspire dashboard, installed as a user installs it, seen in a real browser. With SLIPWAY_UPDATE_SNAPSHOTS=1 it makes the README's picture anew.
/// </summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class DashboardTests : IAsyncLifetime
{
    private static readonly string[] Stages = ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];
    private static readonly string[] Resources = ["redis", "vectors", "control", "retrieval", "prompts", "model-broker", "cache", "assistant", "edge", "model-sim"];
    private static readonly string? Chromium = Array.Find(["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], File.Exists);

    /// <summary>A page of a busy machine.</summary>
    private const float PagePatience = 90_000;

    private readonly PatientStack _patient = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_sees_healthy_resources_a_trace_with_every_stage_and_logs_also_after_the_dashboard_was_killed()
    {
        Assert.SkipWhen(Chromium is null, "Chromium is not installed (Debian: apt-get install chromium).");
        var problem = await AppHostProcess.InstallDashboardAsync(_patient.Data, Token);
        Assert.SkipWhen(problem is not null, "The dashboard cannot be installed: " + problem);

        var stack = await _patient.GetWithDashboardAsync();
        using var client = stack.Client();
        var login = await stack.Dashboard.WaitAsync(TimeSpan.FromMinutes(2), Token);
        using var telemetry = new TelemetryApi(login);
        var asked = 0;
        // None twice: an answer from the cache has few stages.
        await Ask.UntilAsync(
            () => client.AnswerAsync(string.Create(CultureInfo.InvariantCulture, $"Which process owns database number {++asked}?"), Token), reply => reply is { Status: 200, Degraded: "" } && Stages.All(reply.HasStage), "An answer with every stage", TimeSpan.FromMinutes(2), Token);

        var trace = await telemetry.TraceWithAsync(Stages, ["edge", "assistant", "cache", "retrieval", "prompts", "model-broker"], Token);
        // What the services ask each other by themselves would fill the list of traces.
        Assert.DoesNotContain(await telemetry.SpanNamesAsync(Token), name => name.Contains("/ListModels", StringComparison.Ordinal));
        await telemetry.LogAsync("retrieval", "is indexed for dev", Token);
        await telemetry.MetricsAsync(["edge", "assistant", "cache", "retrieval", "prompts", "model-broker", "control"], Token);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium });
        // Tall: rows that are not in view are not in the page.
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1400, Height = 1600 } });
        page.SetDefaultTimeout(PagePatience);
        SetDefaultExpectTimeout(PagePatience);
        await SeesResourcesAsync(page, login);
        await SeesStagesAsync(page, login, trace);
        await SeesLogsAsync(page, login);

        // Its successor has the same address and token, and is told the resources again.
        stack.Kill("dashboard");
        Assert.Equal(200, (await client.AnswerAsync("Which process owns the database?", Token)).Status);
        await Ask.UntilAsync(() => HealthAsync(login), reply => reply.Status == 200, "The dashboard's return", TimeSpan.FromMinutes(1), Token);
        await SeesResourcesAsync(page, login);
        Assert.Equal(0, await stack.StopAsync());
    }

    private static async Task SeesResourcesAsync(IPage page, Uri login)
    {
        await page.GotoAsync(login.AbsoluteUri);
        foreach (var resource in Resources)
        {
            var row = page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByText(resource, new() { Exact = true }) }).First;
            await Expect(row).ToContainTextAsync("Running");
            await Expect(row).Not.ToContainTextAsync("Unhealthy");
        }

        await page.GetByText("edge", new() { Exact = true }).First.ClickAsync();
        await Expect(page.GetByText("Healthy", new() { Exact = true }).First).ToBeVisibleAsync();
    }

    private static async Task SeesStagesAsync(IPage page, Uri login, string trace)
    {
        await page.GotoAsync(new Uri(login, "/traces/detail/" + trace).AbsoluteUri);
        foreach (var stage in Stages) await Expect(page.GetByText(stage, new() { Exact = true }).First).ToBeVisibleAsync();
        var picture = new PageScreenshotOptions { Clip = new() { Width = 1400, Height = 1000 } };
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_SNAPSHOTS") == "1") picture.Path = Path.Combine(Repository.Root, "docs", "images", "dashboard.png");
        Assert.InRange((await page.ScreenshotAsync(picture)).Length, 20_000, 300_000);
    }

    private static async Task SeesLogsAsync(IPage page, Uri login)
    {
        await page.GotoAsync(new Uri(login, "/structuredlogs/resource/retrieval").AbsoluteUri);
        await Expect(page.GetByText("is indexed for dev").First).ToBeVisibleAsync();
        await page.GotoAsync(new Uri(login, "/consolelogs/resource/retrieval").AbsoluteUri);
        await Expect(page.GetByText(new Regex("is indexed for dev")).First).ToBeVisibleAsync();
    }

    private static async Task<Reply> HealthAsync(Uri login)
    {
        using var http = new HttpClient();
        try
        {
            using var response = await http.GetAsync(new Uri(login, "/health"), Token);
            return await Reply.ReadAsync(response, Token);
        }
        catch (HttpRequestException exception)
        {
            return new Reply(0, exception.Message, new Dictionary<string, string>());
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _patient.DisposeAsync();
}
