using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Slipway.Stack.Bench.Chaos;

/// <summary>
/// Asks without a pause while the vectors process is killed, hangs, and returns wrong neighbours, and tells what the askers saw:
/// <c>dotnet run -c Release --project benchmarks/Stack.Bench -- chaos [VECTORS] [REQUESTS A SECOND] [SECONDS]</c>.
/// </summary>
internal sealed class ChaosBench(StackProcess stack, OpenLoop load, VectorsProbe vectors, TimeSpan hold)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    public static async Task RunAsync(int count, int perSecond, int seconds)
    {
        var data = Directory.CreateTempSubdirectory("slipway-chaos-").FullName;
        try
        {
            Console.WriteLine(StackProcess.Machine);
            var corpus = ChaosCorpus.Load(StackProcess.Root);
            await using var stack = await StackProcess.StartAsync(data);
            using var client = Client(stack);
            var watch = Stopwatch.StartNew();
            foreach (var upload in corpus.Uploads(count)) await UploadAsync(client, upload);
            Console.WriteLine($"{count} documents drawn from {corpus.Name}: stored after {watch.Elapsed.TotalSeconds:0.0} s");
            var vectors = new VectorsProbe(stack.EnvironmentOf("retrieval")["ConnectionStrings__vectors"], Path.Combine(data, "retrieval", "documents.db"));
            // An embedder that was fitted while the documents came may be outgrown; a fit in the middle of a measurement is not what is to be measured.
            var (before, index) = ("", await IndexAsync(client, index => index.Healthy));
            var (held, stored) = await vectors.CountAsync();
            while (before != index.Version || held != stored || stored < index.Chunks * 0.99)
            {
                await Task.Delay(TimeSpan.FromSeconds(5));
                (before, index) = (index.Version, await IndexAsync(client, index => index.Healthy));
                (held, stored) = await vectors.CountAsync();
            }

            Console.WriteLine($"embedded and in the index after {watch.Elapsed.TotalSeconds:0.0} s: {held} vectors held, {stored} stored");

            // Answers take the whole path, and no-store makes each one anew.
            await using (var warm = new OpenLoop(perSecond, n => Question(stack.EdgePort, corpus.Question(n)))) await Task.Delay(TimeSpan.FromSeconds(Math.Max(20, seconds)));
            await using var load = new OpenLoop(perSecond, n => Question(stack.EdgePort, corpus.Question(n)));
            var bench = new ChaosBench(stack, load, vectors, TimeSpan.FromSeconds(seconds));
            Console.WriteLine($"{perSecond} requests a second, POST /v1/answers with no-store; latencies from when a request was due");
            await Task.Delay(TimeSpan.FromSeconds(2));
            await bench.HealthyAsync();
            await bench.KilledAsync();
            await bench.HangingAsync();
            await bench.CorruptedAsync(client);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private async Task HealthyAsync()
    {
        var from = load.Now;
        await Task.Delay(hold);
        await ReportAsync("healthy", from);
    }

    private async Task KilledAsync()
    {
        var degraded = load.FirstAsync(answer => answer.Keyword, Limit);
        var from = load.Now;
        stack.Kill("vectors");
        var first = (await degraded).Done - from;
        await vectors.AnswersAsync(Limit);
        var back = load.Now;
        Console.WriteLine($"vectors killed: first degraded answer after {first.TotalSeconds:0.00} s; the process answers again after {(back - from).TotalSeconds:0.00} s");
        await BackAsync("killed", from, back);
    }

    private async Task HangingAsync()
    {
        var degraded = load.FirstAsync(answer => answer.Keyword, Limit);
        var from = load.Now;
        stack.Signal("vectors", "STOP");
        var first = (await degraded).Done - from;
        await Task.Delay(hold);
        stack.Signal("vectors", "CONT");
        var back = load.Now;
        Console.WriteLine($"vectors hang for {(back - from).TotalSeconds:0.0} s: first degraded answer after {first.TotalSeconds:0.00} s");
        await BackAsync("hanging", from, back);
    }

    private async Task CorruptedAsync(HttpClient client)
    {
        var preparing = load.Now;
        await vectors.CorruptAsync();
        var from = load.Now;
        var before = await ReadIndexAsync(client);
        Console.WriteLine($"a wrong set was made in {(from - preparing).TotalSeconds:0.0} s and has taken the right one's place; the window has {before.Samples} samples, recall {before.Mean:0.000}");
        var caught = await IndexAsync(client, index => !index.Healthy);
        var at = load.Now;
        // A full window loses an old sample for each new one, so there the number follows from the means.
        var samples = caught.Samples > before.Samples || before.Mean <= 0
            ? caught.Samples - before.Samples
            : caught.Samples * (before.Mean - caught.Mean) / before.Mean;
        Console.WriteLine($"wrong neighbours: caught after {samples:0} samples and {(at - from).TotalSeconds:0.0} s; reason {caught.Reason}, recall {caught.Mean:0.000}, at most {caught.Upper:0.000}");
        var rebuilt = load.FirstAsync(answer => answer.Due > at && answer.Hybrid, Limit);
        await IndexAsync(client, index => index.Healthy);
        Console.WriteLine($"built again and probed: hybrid after another {((await rebuilt).Done - at).TotalSeconds:0.0} s");
        await Task.Delay(hold);
        await ReportAsync("corrupted", from);
    }

    /// <summary>From the process' return to the first hybrid answer, and to the last that was not.</summary>
    private async Task BackAsync(string phase, TimeSpan from, TimeSpan back)
    {
        var hybrid = await load.FirstAsync(answer => answer.Due >= back && answer.Hybrid, Limit);
        await Task.Delay(hold);
        var last = (await load.BetweenAsync(back, load.Now)).Where(answer => answer.Keyword).Select(answer => answer.Done).DefaultIfEmpty(back).Max();
        Console.WriteLine($"  first hybrid answer {(hybrid.Done - back).TotalSeconds:0.00} s after its return, last degraded one {(last - back).TotalSeconds:0.00} s after it");
        await ReportAsync(phase, from);
    }

    private async Task ReportAsync(string phase, TimeSpan from)
    {
        var answers = await load.BetweenAsync(from, load.Now);
        var sorted = answers.Select(answer => answer.Latency.TotalMilliseconds).Order().ToList();
        var failed = answers.Where(answer => answer.Failed).GroupBy(answer => answer.Status).Select(group => $" {group.Count()} with status {group.Key},");
        Console.WriteLine(
            $"  {phase}: {answers.Count} requests, {answers.Count(answer => answer.Failed)} failed,{string.Concat(failed)} {answers.Count(answer => answer.Keyword)} by keyword, "
            + $"{answers.Count(answer => answer.Degraded.Length > 0 && !answer.Keyword)} degraded otherwise; p50 {At(50):0.0} ms, p95 {At(95):0.0} ms, p99 {At(99):0.0} ms, longest {sorted[^1]:0} ms");
        var (held, stored) = await vectors.CountAsync();
        Console.WriteLine($"  {held} vectors held, {stored} stored");

        double At(int percentile) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percentile / 100)];
    }

    private static async Task UploadAsync(HttpClient client, byte[] lines)
    {
        using var content = new ByteArrayContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await client.PostAsync("/v1/documents", content);
        var report = await response.Content.ReadFromJsonAsync<JsonElement>();
        if (!response.IsSuccessStatusCode || report.GetProperty("failed").GetInt64() > 0) throw new InvalidOperationException($"The upload failed: {report}");
    }

    private static HttpClient Client(StackProcess stack)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{stack.EdgePort}"), Timeout = TimeSpan.FromMinutes(30) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sk-slipway-dev");
        return client;
    }

    private static HttpRequestMessage Question(int port, string question) => new(HttpMethod.Post, $"http://localhost:{port}/v1/answers")
    {
        Content = JsonContent.Create(new { question }),
        Headers = { Authorization = new("Bearer", "sk-slipway-dev"), CacheControl = new() { NoStore = true } },
    };

    private static async Task<IndexStanding> IndexAsync(HttpClient client, Func<IndexStanding, bool> wanted)
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (true)
        {
            try
            {
                if (await ReadIndexAsync(client) is var index && wanted(index)) return index;
            }
            catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                // On a busy machine retrieval may be late; asked again.
            }

            await Task.Delay(50, timeout.Token);
        }
    }

    private static async Task<IndexStanding> ReadIndexAsync(HttpClient client)
    {
        var index = (await client.GetFromJsonAsync<JsonElement>("/admin/retrieval?tenant=dev")).GetProperty("indexes")[0];
        var recall = index.GetProperty("recall");
        return new IndexStanding(
            index.GetProperty("state").GetString() == "healthy", index.GetProperty("reason").GetString() ?? "", index.GetProperty("embeddings_version").GetString() ?? "",
            index.GetProperty("chunks").GetInt64(), recall.GetProperty("samples").GetInt32(), Number(recall, "mean"), Number(recall, "upper"));

        static double Number(JsonElement json, string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : 0;
    }

    private sealed record IndexStanding(bool Healthy, string Reason, string Version, long Chunks, int Samples, double Mean, double Upper);
}
