using System.Globalization;
using Slipway.Stack.Bench;
using Slipway.Stack.Bench.Chaos;

// Measures the whole stack from outside: start, memory, cached and uncached answers, beside a bare YARP hop in the same run.
if (args is ["baseline", var port])
{
    await Baseline.RunAsync(int.Parse(port));
    return 0;
}

// Kills, stops and corrupts the vectors process under load: chaos [VECTORS] [REQUESTS A SECOND] [SECONDS]
if (args is ["chaos", .. var given])
{
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    int[] numbers = [.. given.Select(int.Parse)];
    await ChaosBench.RunAsync(numbers.ElementAtOrDefault(0) is > 0 and var count ? count : 10_000, numbers.ElementAtOrDefault(1) is > 0 and var rate ? rate : 100, numbers.ElementAtOrDefault(2) is > 0 and var hold ? hold : 20);
    return 0;
}

// Chats with a model by its name, through the whole stack to the simulator: passthrough [SECONDS] [flat: memory over 200,000 requests too]
if (args is ["passthrough", .. var how])
{
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    await PassthroughBench.RunAsync(how.Select(word => int.TryParse(word, out var number) ? number : 0).FirstOrDefault(number => number > 0, 10), how.Contains("flat"));
    return 0;
}

// What telemetry costs: telemetry [SECONDS]
if (args is ["telemetry", .. var given2])
{
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    await TelemetryBench.RunAsync(given2 is [var each] ? int.Parse(each) : 5);
    return 0;
}

// What the dashboard costs a stack that has nothing to do, and how soon it is told a new state: dashboard [SECONDS]
if (args is ["dashboard", .. var idle])
{
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    await DashboardBench.RunAsync(idle is [var longer] ? int.Parse(longer) : 60);
    return 0;
}

var seconds = args is [var text, ..] && int.TryParse(text, out var length) ? length : 10;
var data = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
try
{
    Console.WriteLine(StackProcess.Machine);
    await using (var first = await StackProcess.StartAsync(data))
    {
        Console.WriteLine($"start to ready, empty data folder: {first.ReadyAfter.TotalSeconds:0.00} s (target 15)");
        await StackLoad.WarmUpAsync(first);
        Console.WriteLine($"memory after warm-up: {first.Memory()}");
        await using var baseline = await BaselineProcess.StartAsync();
        await StackLoad.RunAsync(null, 16, 20, baseline.Port, _ => StackLoad.Get("/"));
        var hop = await StackLoad.RunAsync("bare YARP hop, 16 connections", 16, seconds, baseline.Port, _ => StackLoad.Get("/"));
        var cached = await StackLoad.RunAsync("cached answer, 16 connections", 16, seconds, first.EdgePort, StackLoad.CachedQuestion);
        Console.WriteLine($"cached answers : bare hop = 1 : {hop.PerSecond / cached.PerSecond:0.0} by requests/s (targets: >= 3,000/s, p50 <= 2 ms, p99 <= 15 ms)");
        await StackLoad.RunAsync("uncached answer, extractive, 4 connections", 4, seconds, first.EdgePort, StackLoad.UncachedQuestion);
        Console.WriteLine("  (target: p95 <= 60 ms)");
        Console.WriteLine($"memory after load: {first.Memory()}");
        Console.WriteLine(first.MemoryByProcess());
    }

    await using var again = await StackProcess.StartAsync(data);
    Console.WriteLine($"start to ready, data folder of the last run: {again.ReadyAfter.TotalSeconds:0.00} s (target 8)");
}
finally
{
    Directory.Delete(data, recursive: true);
}

return 0;
