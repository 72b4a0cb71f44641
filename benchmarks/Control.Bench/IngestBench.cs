using System.Diagnostics;
using System.Text.Json;
using Slipway.Contracts;

namespace Slipway.Control.Bench;

/// <summary>Records through gRPC into Control until they are in its database: how many for each second of its processor's time, and how exact the percentiles are that it then tells.</summary>
internal static class IngestBench
{
    private const int BatchSize = 1000;

    public static async Task RunAsync(string folder, TimeSpan duration)
    {
        using var control = await BenchProcess.StartAsync(folder);
        var workload = new Workload(1);
        // As many records as a second's load, made beforehand, so that making them costs the load and not the measurement.
        await SendAsync(control, workload, 40, []);
        var totals = new List<double>();
        var batches = Enumerable.Range(0, (int)(duration.TotalSeconds * 20)).Select(_ => Batch(workload, totals)).ToList();
        var (cpu, watch) = (control.Cpu, Stopwatch.StartNew());
        foreach (var batch in batches)
        {
            // Ids of a batch are its own; its time is that of its arrival.
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var record in batch.Records) record.TimeUnixMs = now;
            await control.Grpc.AppendRecordsAsync(batch, BenchProcess.Headers);
        }

        // Until the last flush.
        await Task.Delay(TimeSpan.FromSeconds(1));
        var (used, elapsed, count) = (control.Cpu - cpu, watch.Elapsed - TimeSpan.FromSeconds(1), batches.Count * BatchSize);
        Console.WriteLine($"ingest: {count} records in {elapsed.TotalSeconds:F1} s, {used.TotalSeconds:F2} s of processor time: {count / used.TotalSeconds:F0} records/s on one core; {control.Memory / 1048576} MB");
        await ErrorAsync(control, totals);
    }

    private static async Task ErrorAsync(BenchProcess control, List<double> totals)
    {
        using var json = JsonDocument.Parse(await control.GetAsync("/admin/kpis?window=60&release=candidate"));
        var figures = json.RootElement.GetProperty("total").GetProperty("end_to_end");
        totals.Sort();
        if (figures.GetProperty("count").GetInt64() != totals.Count) Console.WriteLine($"percentiles: {figures.GetProperty("count")} requests told, {totals.Count} sent");
        foreach (var (name, percentile) in ((string, double)[])[("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99), ("max_ms", 1)])
        {
            var (told, exact) = (figures.GetProperty(name).GetDouble(), totals[(int)Math.Ceiling(percentile * totals.Count) - 1]);
            Console.WriteLine($"percentiles: {name} {told:F3}, exact {exact:F3}: {(told - exact) / exact:P3}");
        }
    }

    private static async Task SendAsync(BenchProcess control, Workload workload, int batches, List<double> totals)
    {
        for (var i = 0; i < batches; i++)
        {
            var batch = Batch(workload, totals);
            foreach (var record in batch.Records) record.Release = "warm-up";
            await control.Grpc.AppendRecordsAsync(batch, BenchProcess.Headers);
        }
    }

    private static AppendRecordsRequest Batch(Workload workload, List<double> totals)
    {
        var batch = new AppendRecordsRequest();
        for (var i = 0; i < BatchSize; i++)
        {
            var record = workload.Next(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            batch.Records.Add(record);
            if (record.Release == "candidate") totals.Add(record.TotalMs);
        }

        return batch;
    }
}
