using System.Diagnostics;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Playwright;

namespace Slipway.Stack.Bench;

/// <summary>
/// How much processor time the stack takes with nothing to do, with the dashboard (its own process left out, and told beside) and without: two stacks of each kind side by side, so that all
/// meet the same machine. Whether the timers of a process happen to come together is worth more than the dashboard: all services are killed before each round. Metrics are sent each
/// minute: measure whole ones. And how long after a process is killed its new state is with the dashboard, and on its page in Debian's Chromium.
/// </summary>
internal static class DashboardBench
{
    /// <summary>Warming and seeding are over by then, and the connections closed that only they needed; caches are warmed again only after five minutes.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(120);

    /// <summary>The order in which the stacks start, one after another: whether it is with the dashboard. Those with it are as old as those without, on average.</summary>
    private static readonly bool[] Order = [false, true, true, false];
    private const int Rounds = 6;
    private static readonly string[] Services = ["edge", "assistant", "retrieval", "prompts", "model-broker", "cache", "control"];

    /// <summary>All methods are compiled at once: otherwise those that an idle stack calls now and then are compiled again for ten minutes, and that is half of what would be measured.</summary>
    private static readonly Dictionary<string, string> Compiled = new() { ["DOTNET_TieredCompilation"] = "0" };

    private static readonly string[] Killed = ["prompts", "model-broker", "cache", "prompts", "model-broker", "cache", "prompts", "model-broker", "cache"];

    /// <summary>A resource's row of the page: Playwright calls the last expression.</summary>
    private const string Row = "const row = name => [...document.querySelectorAll('[role=row]')].find(row => [...row.querySelectorAll('*')].some(part => part.textContent.trim() === name)); ";

    /// <summary>When (Unix time in ms) the row says something else than that the resource runs.</summary>
    private const string Change = """
        name => new Promise(resolve => {
            const look = () => { if (!row(name)?.textContent.includes('Running')) { observer.disconnect(); resolve(Date.now()); } };
            const observer = new MutationObserver(look);
            observer.observe(document, { subtree: true, childList: true, characterData: true });
        })
        """;

    public static async Task RunAsync(int seconds)
    {
        List<StackProcess> plain = [], shown = [];
        List<string> folders = [];
        try
        {
            Console.WriteLine(StackProcess.Machine);
            foreach (var withDashboard in Order)
            {
                var folder = NewFolder();
                if (withDashboard)
                {
                    await StackProcess.InstallDashboardAsync(folder);
                    shown.Add(await StackProcess.StartWithDashboardAsync(folder, Compiled));
                }
                else
                {
                    plain.Add(await StackProcess.StartAsync(folder, Compiled));
                }
            }

            List<StackProcess> all = [.. plain, .. shown];
            // AppHost, which is not started anew, settles beside them.
            await Task.Delay(Settle);
            var (without, with) = (0.0, 0.0);
            for (var round = 1; round <= Rounds; round++)
            {
                foreach (var service in Services)
                    foreach (var stack in all) stack.Kill(service);
                await Task.Delay(Settle);
                var watch = Stopwatch.StartNew();
                var before = all.ConvertAll(stack => stack.ProcessorTime());
                await Task.Delay(TimeSpan.FromSeconds(seconds));
                var after = all.ConvertAll(stack => stack.ProcessorTime());
                var shares = before.Zip(after, (from, to) => (Stack: (to.Stack - from.Stack) / watch.Elapsed * 1000, Dashboard: (to.Dashboard - from.Dashboard) / watch.Elapsed * 1000)).ToList();
                var (plainShares, shownShares) = (shares[..plain.Count].Select(share => share.Stack), shares[plain.Count..].Select(share => share.Stack));
                (without, with) = (without + plainShares.Average(), with + shownShares.Average());
                Console.WriteLine($"round {round}, idle: {Text(plainShares)} ms of processor time a second without the dashboard, {Text(shownShares)} with it; its own process {Text(shares[plain.Count..].Select(share => share.Dashboard))}; so far {with / without:0.000} : 1");
            }

            Console.WriteLine($"idle processor time with : without the dashboard = {with / without:0.000} : 1 ({with / Rounds:0.0} and {without / Rounds:0.0} ms a second; target 1.05)");
            await StatesAsync(shown[0]);
        }
        finally
        {
            foreach (var stack in plain.Concat(shown)) await stack.DisposeAsync();
            foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        }

        string NewFolder()
        {
            folders.Add(Directory.CreateTempSubdirectory("slipway-bench-").FullName);
            return folders[^1];
        }

        static string Text(IEnumerable<double> shares) => string.Join(" and ", shares.Select(share => share.ToString("0.0")));
    }

    private static async Task StatesAsync(StackProcess stack)
    {
        var environment = stack.DashboardEnvironment ?? throw new InvalidOperationException("The dashboard does not run.");
        using var channel = GrpcChannel.ForAddress(environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"]);
        using var watch = new DashboardService.DashboardServiceClient(channel).WatchResources(
            new WatchResourcesRequest(), new Metadata { { "x-resource-service-api-key", environment["Dashboard__ResourceServiceClient__ApiKey"] } });
        await watch.ResponseStream.MoveNext(CancellationToken.None);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium" });
        // Tall: rows that are not in view are not in the page.
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1400, Height = 1600 }, BypassCSP = true });
        await page.GotoAsync(environment["ASPNETCORE_URLS"].Split(';')[0] + "/login?t=" + environment["Dashboard__Frontend__BrowserToken"]);
        var (told, shown) = (new List<double>(), new List<double>());
        foreach (var resource in Killed)
        {
            await page.WaitForFunctionAsync(Row + "name => row(name)?.textContent.includes('Running')", resource);
            var seen = page.EvaluateAsync<double>(Row + Change, resource);
            // Whatever was asked of the page is at work in it when it has answered this.
            await page.EvaluateAsync("() => 0");
            var (since, wall) = (Stopwatch.GetTimestamp(), TimeProvider.System.GetUtcNow());
            stack.Kill(resource);
            await UntilAsync(resource, state => state.State is "Exited" or "Restarting");
            told.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            shown.Add(await seen - wall.ToUnixTimeMilliseconds());
            await UntilAsync(resource, state => state.StateStyle == "success");
        }

        Tell("with the dashboard", told);
        Tell("on its page", shown);

        static void Tell(string where, List<double> times)
        {
            times.Sort();
            Console.WriteLine($"a killed process's new state is {where} after {times[times.Count / 2]:0} ms, at most {times[^1]:0} ms, of {times.Count} (target 1000)");
        }

        async Task UntilAsync(string resource, Func<Resource, bool> wanted)
        {
            while (await watch.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (watch.ResponseStream.Current.Changes.Value.Any(change => change.Upsert.DisplayName == resource && wanted(change.Upsert))) return;
            }

            throw new InvalidOperationException("The resource service ended the watch.");
        }
    }
}
