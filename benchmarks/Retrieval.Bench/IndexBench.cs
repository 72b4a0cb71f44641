using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Vectors;
using StackExchange.Redis;

namespace Slipway.Retrieval.Bench;

/// <summary>
/// The vector index by itself: inserts, searches by a single client, recall against the exact index, memory; as filled, after the vectors process was killed, and after it
/// was ended; for growing numbers of clustered vectors of 384 dimensions. The vectors process is the stack's own, with its log and its checkpoints.
/// </summary>
internal sealed class IndexBench(IndexArguments arguments)
{
    private const int Dimensions = 384;
    private const int Clusters = 1000;
    private const int Queries = 1000;
    private const int K = 10;
    private const string Set = "bench";
    private readonly VectorOptions _options = arguments.Options;

    public async Task RunAsync()
    {
        Console.WriteLine($"{Dimensions} dimensions, {Clusters} clusters, {Queries} queries, k {K}, {Environment.ProcessorCount} processors; EF {_options.BuildEf} to build, M {_options.Links}");
        foreach (var (name, value) in arguments.Environment) Console.WriteLine($"vectors process: {name}={value}");
        Console.WriteLine();
        Console.WriteLine("| vectors | state | ready after | its CPU | there | EF | recall@10 | p50 | p99 | CPU of a search | PING p50 | p50 in PINGs | memory of a vector | disk | inserts/s | CPU of an insert | exact p50 | exact p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var count in arguments.Counts) await MeasureAsync(count);
    }

    private async Task MeasureAsync(int count)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-vectors-");
        try
        {
            using var process = new VectorsProcess(folder.FullName, arguments.Environment);
            var random = new Random(11);
            var centres = Enumerable.Range(0, Clusters).Select(_ => Gaussian(random, null)).ToArray();
            var exact = new ExactVectorIndex();
            var connection = await process.StartAsync();
            var (empty, inserts) = (process.Memory, process.Cpu);
            var inserting = await FillAsync(connection, exact, 0, count, () => Gaussian(random, centres[random.Next(Clusters)]));
            inserts = process.Cpu - inserts;
            var queries = Enumerable.Range(0, Queries).Select(_ => Gaussian(random, centres[random.Next(Clusters)])).ToList();
            await SearchAsync(exact, queries[..200]);
            var (truth, scan) = await SearchAsync(exact, queries);
            var once = string.Create(CultureInfo.InvariantCulture, $"{count / inserting.TotalSeconds:F0} | {inserts.TotalMilliseconds / count:F2} ms | {At(scan, 50):F2} ms | {At(scan, 99):F2} ms");

            await ReportAsync("filled", "| ");
            if (!arguments.Restarts) return;

            // While it is filled further: after ten quiet seconds a checkpoint would spare the log.
            await FillAsync(connection, exact, count, count / 10, () => Gaussian(random, centres[random.Next(Clusters)]));
            process.Kill();
            await connection.DisposeAsync();
            (truth, _) = await SearchAsync(exact, queries);
            await RestartAsync("after kill -9");
            process.Stop();
            await RestartAsync("after a stop");
            await connection.DisposeAsync();

            async Task RestartAsync(string state)
            {
                var started = Stopwatch.GetTimestamp();
                connection = await process.StartAsync();
                // The graph's part outside the store is made anew by the first command.
                await new RespVectorIndex(() => connection, _options).SearchAsync(Set, queries[0], K, CancellationToken.None);
                await ReportAsync(state, string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s | {process.Cpu.TotalSeconds:F1} s"));
                await connection.DisposeAsync();
            }

            async Task ReportAsync(string state, string ready)
            {
                foreach (var ef in arguments.SearchEfs)
                {
                    var index = new RespVectorIndex(() => connection, _options with { SearchEf = ef });
                    // The runtime of the process compiles what it finds hot a second time.
                    for (var i = 0; i < 3; i++) await SearchAsync(index, queries);
                    var ping = await TimeAsync(queries, _ => index.PingAsync(CancellationToken.None));
                    var there = await index.CountAsync(Set, CancellationToken.None);
                    var cpu = process.Cpu;
                    var (found, times) = await SearchAsync(index, queries);
                    cpu = process.Cpu - cpu;
                    var recall = found.Zip(truth, (a, b) => a.Intersect(b).Count() / (double)b.Count).Average();
                    Console.WriteLine(
                        $"| {count:N0} | {state} | {ready} | {there:N0} | {ef} | {recall:F4} | {At(times, 50):F2} ms | {At(times, 99):F2} ms | {cpu.TotalMilliseconds / Queries:F2} ms | {At(ping, 50):F3} ms | {At(times, 50) / At(ping, 50):F1} | {(process.Memory - empty) / (double)there / 1000:F1} kB | {process.Disk / 1e6:F0} MB | {once} |");
                    once = "| | | ";
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Adds to both, a thousand at a time, and tells how long it took the vectors process.</summary>
    private async Task<TimeSpan> FillAsync(ConnectionMultiplexer connection, ExactVectorIndex exact, int start, int count, Func<float[]> next)
    {
        var index = new RespVectorIndex(() => connection, _options);
        var inserting = TimeSpan.Zero;
        for (var from = start; from < start + count; from += 1000)
        {
            var batch = Enumerable.Range(from, Math.Min(1000, start + count - from)).Select(i => new ChunkVector(i + 1, next())).ToList();
            var started = Stopwatch.GetTimestamp();
            await index.AddAsync(Set, batch, CancellationToken.None);
            inserting += Stopwatch.GetElapsedTime(started);
            await exact.AddAsync(Set, batch, CancellationToken.None);
        }

        return inserting;
    }

    private static async Task<(List<List<long>> Found, List<double> Milliseconds)> SearchAsync(IVectorIndex index, IReadOnlyList<float[]> queries)
    {
        var found = new List<List<long>>(queries.Count);
        var times = await TimeAsync(queries, async query => found.Add([.. (await index.SearchAsync(Set, query, K, CancellationToken.None)).Select(hit => hit.Chunk)]));
        return (found, times);
    }

    /// <summary>How long each call took, in milliseconds, sorted.</summary>
    private static async Task<List<double>> TimeAsync(IReadOnlyList<float[]> queries, Func<float[], Task> call)
    {
        var times = new List<double>(queries.Count);
        foreach (var query in queries)
        {
            var started = Stopwatch.GetTimestamp();
            await call(query);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return times;
    }

    private static double At(List<double> sorted, int percentile) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percentile / 100)];

    /// <summary>A unit vector: by itself, or around a centre with noise of the centre's own length, which keeps clusters apart but not apart from each other's edges.</summary>
    private static float[] Gaussian(Random random, float[]? centre)
    {
        var vector = new float[Dimensions];
        for (var i = 0; i < Dimensions; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            vector[i] = (float)(normal / Math.Sqrt(Dimensions)) + (centre?[i] ?? 0);
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }
}
