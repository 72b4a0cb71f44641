using Slipway.Stack.Bench;

// Measures the whole stack from outside: start, memory, cached and uncached answers, beside a bare YARP hop in the same run.
if (args is ["baseline", var port])
{
    await Baseline.RunAsync(int.Parse(port));
    return 0;
}

var seconds = args is [var text, ..] && int.TryParse(text, out var given) ? given : 10;
var data = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
try
{
    Console.WriteLine($"machine: {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
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
