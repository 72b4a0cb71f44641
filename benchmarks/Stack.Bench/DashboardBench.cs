using System.Diagnostics;
using Aspire.Hosting.Local.Dashboard.Protocol;
using Grpc.Core;
using Grpc.Net.Client;

namespace Slipway.Stack.Bench;

/// <summary>
/// How much processor time the stack takes with nothing to do, with the dashboard (its own process left out, and told beside) and without: two stacks side by side, so that both
/// meet the same machine. And how long after a process is killed its new state is with the dashboard.
/// </summary>
internal static class DashboardBench
{
    /// <summary>Warming, seeding and compiling are over by then.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(120);
    private const int Rounds = 6;
    private static readonly string[] Killed = ["prompts", "model-broker", "cache", "prompts", "model-broker", "cache", "prompts", "model-broker", "cache"];

    public static async Task RunAsync(int seconds)
    {
        var (plainData, shownData) = (Directory.CreateTempSubdirectory("slipway-bench-").FullName, Directory.CreateTempSubdirectory("slipway-bench-").FullName);
        try
        {
            Console.WriteLine(StackProcess.Machine);
            await StackProcess.InstallDashboardAsync(shownData);
            await using var plain = await StackProcess.StartAsync(plainData);
            await using var shown = await StackProcess.StartWithDashboardAsync(shownData);
            await Task.Delay(Settle);
            var (without, with) = (0.0, 0.0);
            for (var round = 1; round <= Rounds; round++)
            {
                var (plainBefore, shownBefore) = (plain.ProcessorTime(), shown.ProcessorTime());
                var watch = Stopwatch.StartNew();
                await Task.Delay(TimeSpan.FromSeconds(seconds));
                var (plainAfter, shownAfter) = (plain.ProcessorTime(), shown.ProcessorTime());
                var (plainShare, shownShare) = (Share(plainBefore.Stack, plainAfter.Stack), Share(shownBefore.Stack, shownAfter.Stack));
                Console.WriteLine($"round {round}, idle: {plainShare:0.0} ms of processor time a second without the dashboard, {shownShare:0.0} with it; its own process {Share(shownBefore.Dashboard, shownAfter.Dashboard):0.0}");
                (without, with) = (without + plainShare, with + shownShare);

                double Share(TimeSpan before, TimeSpan after) => (after - before) / watch.Elapsed * 1000;
            }

            Console.WriteLine($"idle processor time with : without the dashboard = {with / without:0.000} : 1 ({with / Rounds:0.0} and {without / Rounds:0.0} ms a second; target 1.05)");
            await StatesAsync(shown);
        }
        finally
        {
            Directory.Delete(plainData, recursive: true);
            Directory.Delete(shownData, recursive: true);
        }
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
