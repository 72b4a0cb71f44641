using System.Net;

namespace Slipway.Stack.Bench;

/// <summary>
/// Cached answers of stacks side by side, half of them with telemetry: a tenth of the traces and those that matter, metrics, logs, all sent to a sink in this process.
/// Load goes to one after the other, in another order in each round, so that all meet the same machine. Two of each kind, because two of one kind differ by some percent.
/// </summary>
internal static class TelemetryBench
{
    private const int Rounds = 12;
    private const int StacksOfAKind = 2;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(240);

    public static async Task RunAsync(int seconds)
    {
        var folders = Enumerable.Range(0, 2 * StacksOfAKind).Select(_ => Directory.CreateTempSubdirectory("slipway-bench-").FullName).ToList();
        var stacks = new List<StackProcess>();
        try
        {
            Console.WriteLine(StackProcess.Machine);
            await using var sink = await Sink.StartAsync();
            var telemetry = new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = "0.1",
            };
            // By turns: the even ones are without telemetry.
            foreach (var folder in folders) stacks.Add(await StackProcess.StartAsync(folder, IsOn(stacks.Count) ? telemetry : []));
            foreach (var stack in stacks)
            {
                await StackLoad.WarmUpAsync(stack);
                await StackLoad.RunAsync(null, 16, 20, stack.EdgePort, StackLoad.CachedQuestion);
            }

            // The processes that these answers hardly need have compiled by then what they compile again.
            await Task.Delay(Settle);

            var order = Enumerable.Range(0, stacks.Count).ToArray();
            var random = new Random(1);
            var (shares, off, on) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 1; round <= Rounds; round++)
            {
                // In another order each time: who comes last is not always the same.
                random.Shuffle(order);
                double without = 0, with = 0;
                foreach (var at in order)
                {
                    var rate = await MeasureAsync($"round {round}, telemetry {(IsOn(at) ? "on " : "off")}, stack {at}", stacks[at], seconds, IsOn(at) ? on : off);
                    if (IsOn(at)) with += rate;
                    else without += rate;
                }

                shares.Add(1 - (with / without));
            }

            shares.Sort();
            Console.WriteLine($"telemetry costs {100 * Median(shares):0.0} % of the throughput of cached answers (median of {Rounds} rounds, {100 * shares[0]:0.0} to {100 * shares[^1]:0.0} %; target 12)");
            Console.WriteLine($"processor time of the stack for each answer: {Median(off):0.0} us without, {Median(on):0.0} us with telemetry (medians)");
            Console.WriteLine($"the sink took {sink.Requests} exports, {sink.Bytes / 1024 / 1024} MB");
            Console.WriteLine($"memory without telemetry: {stacks[0].Memory()}; with it: {stacks[1].Memory()}");
        }
        finally
        {
            foreach (var stack in stacks) await stack.DisposeAsync();
            foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsOn(int stack) => stack % 2 == 1;

    private static async Task<double> MeasureAsync(string name, StackProcess stack, int seconds, List<double> microseconds)
    {
        var before = stack.ProcessorTime().Stack;
        var (perSecond, answered) = await StackLoad.RunAsync(name, 16, seconds, stack.EdgePort, StackLoad.CachedQuestion);
        microseconds.Add((stack.ProcessorTime().Stack - before).TotalMicroseconds / answered);
        return perSecond;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    /// <summary>Takes OTLP over HTTP, and throws it away.</summary>
    private sealed class Sink : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private long _requests;
        private long _bytes;

        private Sink(WebApplication app) => _app = app;

        public string Address => _app.Urls.Single();

        public long Requests => _requests;

        public long Bytes => _bytes;

        public static async Task<Sink> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            var sink = new Sink(app);
            app.Run(async http =>
            {
                Interlocked.Increment(ref sink._requests);
                var buffer = new byte[64 * 1024];
                for (int read; (read = await http.Request.Body.ReadAsync(buffer)) > 0;) Interlocked.Add(ref sink._bytes, read);
                http.Response.ContentType = "application/x-protobuf";
            });
            await app.StartAsync();
            return sink;
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();
    }
}
