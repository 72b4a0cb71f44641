using System.Diagnostics;
using System.Globalization;
using Slipway.Contracts;
using Slipway.Retrieval.Bench;

// SciFact through the retrieval service's gRPC endpoint, with the service and its vectors as processes of their own:
//   dotnet run -c Release --project benchmarks/Retrieval.Bench -- ../shared/data/scifact
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["index", .. var rest])
{
    // The vector index alone: dotnet run -c Release --project benchmarks/Retrieval.Bench -- index 10000 100000 300000
    if (IndexArguments.Read(rest) is not { } index) return 2;
    await new IndexBench(index).RunAsync();
    return 0;
}

if (args.Length != 1 || !File.Exists(Path.Combine(args[0], "corpus.jsonl")))
{
    Console.Error.WriteLine("usage: Retrieval.Bench FOLDER   (the folder of SciFact: corpus.jsonl, queries.jsonl, qrels/)");
    Console.Error.WriteLine(IndexArguments.Usage);
    return 2;
}

var data = SciFact.Load(args[0]);
using var stack = await BenchStack.StartAsync();
Console.WriteLine($"{data.Documents.Count} documents, {data.Test.Count} test and {data.Train.Count} train queries; {Environment.ProcessorCount} processors; ready after {stack.StartMs} ms");

var watch = Stopwatch.StartNew();
await Workload.IngestAsync(stack.Client, stack.Headers, data);
Console.WriteLine($"ingest: acknowledged (durable and in the keyword index) after {watch.Elapsed.TotalSeconds:F1} s");
await Workload.UntilHybridAsync(stack.Client, stack.Headers);
Console.WriteLine(
    $"ingest: embedder fitted and all vectors in the index after {watch.Elapsed.TotalSeconds:F1} s; memory {stack.ServiceMegabytes:F0} MB; service CPU {stack.ServiceCpu.TotalSeconds:F1} s");
watch.Restart();
await Workload.IngestAsync(stack.Client, stack.Headers, data);
Console.WriteLine($"ingest again, unchanged: {watch.Elapsed.TotalSeconds:F1} s");

foreach (var mode in new[] { SearchMode.Keyword, SearchMode.Vector, SearchMode.Hybrid })
{
    foreach (var (name, judged) in new[] { ("train", data.Train), ("test", data.Test) })
    {
        var cpu = stack.ServiceCpu;
        var (ndcg, recall5, latency) = await Workload.EvaluateAsync(stack.Client, stack.Headers, data, judged, mode);
        cpu = (stack.ServiceCpu - cpu) / judged.Count;
        Console.WriteLine(
            $"{mode,-8} {name,-5} nDCG@10 {ndcg:F4}  recall@5 {recall5:F4}  p50 {At(50):F1} ms  p95 {At(95):F1} ms  p99 {At(99):F1} ms  service CPU {cpu.TotalMilliseconds:F2} ms a query");

        double At(int percentile) => latency[latency.Count * percentile / 100];
    }
}

Console.WriteLine($"memory of the service at the end: {stack.ServiceMegabytes:F0} MB");
return 0;
