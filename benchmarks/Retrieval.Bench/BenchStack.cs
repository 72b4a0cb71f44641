using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Contracts;

namespace Slipway.Retrieval.Bench;

/// <summary>The service and its vectors, each a process, in a data folder that is deleted at the end.</summary>
internal sealed class BenchStack : IDisposable
{
    private const string Key = "bench-internal-key-0123456789";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slipway-bench-");
    private readonly List<Process> _processes = [];
    private GrpcChannel? _channel;

    public RetrievalService.RetrievalServiceClient Client { get; private set; } = null!;

    public Metadata Headers { get; } = new() { { SlipwayHeaders.InternalKey, Key } };

    public long StartMs { get; private set; }

    public double ServiceMegabytes
    {
        get
        {
            _processes[1].Refresh();
            return _processes[1].WorkingSet64 / 1e6;
        }
    }

    /// <summary>Processor time of the service: on a busy machine it says more than the clock.</summary>
    public TimeSpan ServiceCpu
    {
        get
        {
            _processes[1].Refresh();
            return _processes[1].TotalProcessorTime;
        }
    }

    public static async Task<BenchStack> StartAsync()
    {
        var stack = new BenchStack();
        int vectors = FreePort(), http = FreePort(), grpc = FreePort();
        var self = typeof(BenchStack).Assembly.Location;
        stack.Start(self, [], "vectors", $"{vectors}");
        var watch = Stopwatch.StartNew();
        stack.Start(
            Path.Combine(Path.GetDirectoryName(self)!, "Slipway.Retrieval.dll"),
            [
                ("ASPNETCORE_URLS", $"http://127.0.0.1:{http}"), ("GRPC_PORT", $"{grpc}"), ("Slipway__InternalKey", Key), ("Slipway__DataPath", stack._folder.FullName),
                ("ConnectionStrings__vectors", $"127.0.0.1:{vectors},password={VectorsProcess.Password}"), ("SLIPWAY_LIFELINE", "stdin"),
            ]);
        using var client = new HttpClient();
        while (true)
        {
            try
            {
                if ((await client.GetAsync($"http://127.0.0.1:{http}/health")).IsSuccessStatusCode) break;
            }
            catch (HttpRequestException)
            {
            }

            await Task.Delay(20);
        }

        stack.StartMs = watch.ElapsedMilliseconds;
        stack._channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}", new GrpcChannelOptions { MaxReceiveMessageSize = 16 * 1024 * 1024 });
        stack.Client = new RetrievalService.RetrievalServiceClient(stack._channel);
        return stack;
    }

    public void Dispose()
    {
        _channel?.Dispose();
        foreach (var process in _processes)
        {
            // Both end when their standard input does.
            process.StandardInput.Close();
            if (!process.WaitForExit(10_000)) process.Kill();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private void Start(string assembly, (string Name, string Value)[] environment, params string[] arguments) => _processes.Add(StartProcess(assembly, environment, arguments));

    /// <summary>A .NET process that ends when its standard input does.</summary>
    internal static Process StartProcess(string assembly, (string Name, string Value)[] environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
        };
        foreach (var argument in (IEnumerable<string>)["exec", assembly, .. arguments]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
