using System.Net;

namespace Slipway.Stack.Bench;

/// <summary>
/// Cached answers of two stacks side by side, one of them with telemetry: a tenth of the traces and those that matter, metrics, logs, all sent to a sink in this process.
/// Load goes to one and then to the other, several times in turn, so that both meet the same machine.
/// </summary>
internal static class TelemetryBench
{
    private const int Rounds = 12;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(240);

    public static async Task RunAsync(int seconds)
    {
        var (quietData, tellingData) = (Directory.CreateTempSubdirectory("slipway-bench-").FullName, Directory.CreateTempSubdirectory("slipway-bench-").FullName);
        try
        {
            Console.WriteLine(StackProcess.Machine);
            await using var sink = await Sink.StartAsync();
            await using var quiet = await StackProcess.StartAsync(quietData);
            await using var telling = await StackProcess.StartAsync(tellingData, new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = "0.1",
            });
            await StackLoad.WarmUpAsync(quiet);
            await StackLoad.WarmUpAsync(telling);
            await StackLoad.RunAsync(null, 16, 20, quiet.EdgePort, StackLoad.CachedQuestion);
            await StackLoad.RunAsync(null, 16, 20, telling.EdgePort, StackLoad.CachedQuestion);

            // The processes that these answers hardly need have compiled by then what they compile again.
            await Task.Delay(Settle);

            var (shares, off, on) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 1; round <= Rounds; round++)
            {
                var without = await MeasureAsync($"round {round}, telemetry off", quiet, seconds, off);
                var with = await MeasureAsync($"round {round}, telemetry on ", telling, seconds, on);
                shares.Add(1 - (with / without));
            }

            shares.Sort();
            Console.WriteLine($"telemetry costs {100 * Median(shares):0.0} % of the throughput of cached answers (median of {Rounds} rounds, {100 * shares[0]:0.0} to {100 * shares[^1]:0.0} %; target 12)");
            Console.WriteLine($"processor time of the stack for each answer: {Median(off):0.0} us without, {Median(on):0.0} us with telemetry (medians)");
            Console.WriteLine($"the sink took {sink.Requests} exports, {sink.Bytes / 1024 / 1024} MB");
            Console.WriteLine($"memory without telemetry: {quiet.Memory()}; with it: {telling.Memory()}");
        }
        finally
        {
            Directory.Delete(quietData, recursive: true);
            Directory.Delete(tellingData, recursive: true);
        }
    }

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
