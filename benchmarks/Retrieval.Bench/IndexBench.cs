using System.Diagnostics;
using System.Numerics.Tensors;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Vectors;
using StackExchange.Redis;

namespace Slipway.Retrieval.Bench;

/// <summary>
/// The vector index by itself: inserts, searches by a single client, recall against the exact index, memory; for growing numbers of clustered vectors of 384 dimensions.
/// Garnet runs as a process of its own, in memory, without its append-only file.
/// </summary>
internal static class IndexBench
{
    private const int Dimensions = 384;
    private const int Clusters = 1000;
    private const int Queries = 1000;
    private const int K = 10;

    public static async Task RunAsync(IReadOnlyList<int> counts)
    {
        Console.WriteLine($"{Dimensions} dimensions, {Clusters} clusters, {Queries} queries, k {K}, {Environment.ProcessorCount} processors; options: EF {new VectorOptions().SearchEf} to search, {new VectorOptions().BuildEf} to build, M {new VectorOptions().Links}");
        foreach (var count in counts) await MeasureAsync(count);
    }

    private static async Task MeasureAsync(int count)
    {
        var random = new Random(11);
        var centres = Enumerable.Range(0, Clusters).Select(_ => Gaussian(random, null)).ToArray();
        var port = BenchStack.FreePort();
        using var process = BenchStack.StartProcess(typeof(IndexBench).Assembly.Location, [], "vectors", $"{port}");
        try
        {
            using var connection = await ConnectAsync(port);
            var index = new RespVectorIndex(() => connection, new VectorOptions());
            var exact = new ExactVectorIndex();
            var before = Rss(process);
            var inserting = TimeSpan.Zero;
            for (var from = 0; from < count; from += 1000)
            {
                var batch = Enumerable.Range(from, Math.Min(1000, count - from)).Select(i => new ChunkVector(i + 1, Gaussian(random, centres[random.Next(Clusters)]))).ToList();
                var started = Stopwatch.GetTimestamp();
                await index.AddAsync("bench", batch, CancellationToken.None);
                inserting += Stopwatch.GetElapsedTime(started);
                await exact.AddAsync("bench", batch, CancellationToken.None);
            }

            var memory = Rss(process) - before;
            var queries = Enumerable.Range(0, Queries).Select(_ => Gaussian(random, centres[random.Next(Clusters)])).ToList();
            foreach (var query in queries.Take(200)) await index.SearchAsync("bench", query, K, CancellationToken.None);
            var (found, approximate) = await TimeAsync(index, queries);
            var (truth, slow) = await TimeAsync(exact, queries);
            var recall = found.Zip(truth, (a, b) => a.Intersect(b).Count() / (double)b.Count).Average();
            Console.WriteLine(
                $"{count,8:N0} vectors: {count / inserting.TotalSeconds:F0} inserts/s; recall@{K} {recall:F4}; search p50 {At(approximate, 50):F2} ms, p99 {At(approximate, 99):F2} ms; {memory / (double)count / 1000:F1} kB a vector; exact p50 {At(slow, 50):F2} ms, p99 {At(slow, 99):F2} ms");
        }
        finally
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(10_000)) process.Kill();
        }
    }

    private static async Task<(List<List<long>> Found, List<double> Milliseconds)> TimeAsync(IVectorIndex index, IReadOnlyList<float[]> queries)
    {
        var found = new List<List<long>>(queries.Count);
        var times = new List<double>(queries.Count);
        foreach (var query in queries)
        {
            var started = Stopwatch.GetTimestamp();
            var hits = await index.SearchAsync("bench", query, K, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            found.Add([.. hits.Select(hit => hit.Chunk)]);
        }

        times.Sort();
        return (found, times);
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

    private static async Task<ConnectionMultiplexer> ConnectAsync(int port)
    {
        var options = ConfigurationOptions.Parse($"127.0.0.1:{port},password={VectorsProcess.Password}");
        options.AbortOnConnectFail = false;
        options.AsyncTimeout = 30_000;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        while (!connection.IsConnected) await Task.Delay(50);
        return connection;
    }

    private static long Rss(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }
}
