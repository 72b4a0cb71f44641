using System.Globalization;
using System.Text.Json;
using Slipway.Cache.Bench;
using Slipway.Cache.Intents.Gate;

// How often answers are reused by intent, and how often rightly:
//   dotnet run -c Release --project benchmarks/Cache.Bench -- ../shared/data
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 1 || !Directory.Exists(Path.Combine(args[0], "banking77")) || !Directory.Exists(Path.Combine(args[0], "clinc150")))
{
    Console.Error.WriteLine("usage: Cache.Bench FOLDER   (with banking77/ and clinc150/)");
    return 2;
}

foreach (var data in (LabelledQuestions[])[LabelledQuestions.Banking77(Path.Combine(args[0], "banking77")), LabelledQuestions.Clinc150(Path.Combine(args[0], "clinc150"))])
{
    var bench = new IntentBench(data);
    Console.WriteLine($"{data.Name}: {data.Known.Count} known, {data.Asked.Count} asked");
    foreach (var threshold in (double[])[0.5, 0.6, 0.7, 0.8, 0.9])
    {
        var run = bench.Run(threshold);
        var hits = run.Exact + run.ByIntent;
        Console.WriteLine(
            $"  threshold {threshold:F2}: near {Share(run.Near, run.Asked)}, exact {Share(run.Exact, run.Asked)} (right {run.ExactRight}/{run.Exact}), by intent {Share(run.ByIntent, run.Asked)} (right {run.Right}/{run.ByIntent}), "
            + $"hit rate {Share(hits, run.Asked)}, precision by labels {(double)(run.ExactRight + run.Right) / Math.Max(1, hits):F4}, of intents {(double)run.Right / Math.Max(1, run.ByIntent):F4}, {run.Each.TotalMicroseconds:F0} us each");
        // The lowest has them all, with how near they are.
        if (threshold != 0.5) continue;
        foreach (var (asked, known, similarity) in run.Wrong) Console.WriteLine($"    [{asked.Intent}] {asked.Text}  ~  [{known.Intent}] {known.Text}  ({similarity:F2})");
    }
}

var (pairs, served) = (0, 0);
foreach (var line in File.ReadLines(Path.Combine("ai", "datasets", "intents", "dangerous.jsonl")))
{
    using var pair = JsonDocument.Parse(line);
    var (known, asked) = (pair.RootElement.GetProperty("known").GetString()!, pair.RootElement.GetProperty("asked").GetString()!);
    pairs++;
    if (IntentGate.Compare(asked, known) == GateVerdict.Same || IntentGate.Compare(known, asked) == GateVerdict.Same) served++;
}

Console.WriteLine($"dangerous pairs served, at any similarity and in either direction: {served} of {pairs}");
return served == 0 ? 0 : 1;

static string Share(int part, int whole) => $"{100.0 * part / whole:F1} %";
