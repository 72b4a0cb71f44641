using System.Diagnostics;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Grpc.Core;
using Grpc.Net.Client;

namespace Slipway.Stack.Bench;

/// <summary>
/// How much processor time the stack takes with nothing to do, with the dashboard (its own process left out, and told beside) and without, in turn; and how long after a process
/// is killed its new state is with the dashboard.
/// </summary>
internal static class DashboardBench
{
    /// <summary>Warming, seeding and compiling are over by then.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(45);
    private static readonly string[] Killed = ["prompts", "model-broker", "cache", "prompts", "model-broker", "cache", "prompts", "model-broker", "cache"];

    public static async Task RunAsync(int seconds)
    {
        var data = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
        try
        {
            Console.WriteLine(StackProcess.Machine);
            await StackProcess.InstallDashboardAsync(data);
            var (without, with) = (new List<double>(), new List<double>());
            for (var round = 0; round < 2; round++)
            {
                await using (var plain = await StackProcess.StartAsync(data)) without.Add((await IdleAsync("without the dashboard", plain, seconds)).Stack);
                await using var shown = await StackProcess.StartWithDashboardAsync(data);
                with.Add((await IdleAsync("with the dashboard", shown, seconds)).Stack);
                if (round == 1) await StatesAsync(shown);
            }

            Console.WriteLine($"idle processor time with : without the dashboard = {with.Average() / without.Average():0.000} : 1 (target 1.05)");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <returns>Milliseconds of processor time a second.</returns>
    private static async Task<(double Stack, double Dashboard)> IdleAsync(string what, StackProcess stack, int seconds)
    {
        await Task.Delay(Settle);
        var before = stack.ProcessorTime();
        var watch = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var after = stack.ProcessorTime();
        var (ofStack, ofDashboard) = ((after.Stack - before.Stack) / watch.Elapsed * 1000, (after.Dashboard - before.Dashboard) / watch.Elapsed * 1000);
        Console.WriteLine($"idle {what}: {ofStack:0.0} ms of processor time a second; the dashboard's own process {ofDashboard:0.0}");
        return (ofStack, ofDashboard);
    }

    private static async Task StatesAsync(StackProcess stack)
    {
        var environment = stack.DashboardEnvironment ?? throw new InvalidOperationException("The dashboard does not run.");
        using var channel = GrpcChannel.ForAddress(environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"]);
        using var watch = new DashboardService.DashboardServiceClient(channel).WatchResources(
            new WatchResourcesRequest(), new Metadata { { "x-resource-service-api-key", environment["Dashboard__ResourceServiceClient__ApiKey"] } });
        await watch.ResponseStream.MoveNext(CancellationToken.None);
        var times = new List<double>();
        foreach (var resource in Killed)
        {
            var since = Stopwatch.GetTimestamp();
            stack.Kill(resource);
            await UntilAsync(resource, state => state.State is "Exited" or "Restarting");
            times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            await UntilAsync(resource, state => state.StateStyle == "success");
        }

        times.Sort();
        Console.WriteLine($"a killed process's new state is with the dashboard after {times[times.Count / 2]:0} ms, at most {times[^1]:0} ms, of {times.Count} (target 1000)");

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
