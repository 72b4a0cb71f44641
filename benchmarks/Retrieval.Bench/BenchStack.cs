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
    private readonly VectorsProcess _vectors;
    private Process? _service;
    private GrpcChannel? _channel;

    private BenchStack() => _vectors = new VectorsProcess(_folder.CreateSubdirectory("vectors").FullName, []);

    public RetrievalService.RetrievalServiceClient Client { get; private set; } = null!;

    public Metadata Headers { get; } = new() { { SlipwayHeaders.InternalKey, Key } };

    public long StartMs { get; private set; }

    public double ServiceMegabytes
    {
        get
        {
            _service!.Refresh();
            return _service.WorkingSet64 / 1e6;
        }
    }

    /// <summary>Processor time of the service: on a busy machine it says more than the clock.</summary>
    public TimeSpan ServiceCpu
    {
        get
        {
            _service!.Refresh();
            return _service.TotalProcessorTime;
        }
    }

    public static async Task<BenchStack> StartAsync()
    {
        var stack = new BenchStack();
        int http = FreePort(), grpc = FreePort();
        await (await stack._vectors.StartAsync()).DisposeAsync();
        var watch = Stopwatch.StartNew();
        stack._service = StartProcess(
            Path.Combine(AppContext.BaseDirectory, "Slipway.Retrieval.dll"),
            [
                ("ASPNETCORE_URLS", $"http://127.0.0.1:{http}"), ("GRPC_PORT", $"{grpc}"), ("Slipway__InternalKey", Key), ("Slipway__DataPath", stack._folder.CreateSubdirectory("retrieval").FullName),
                ("ConnectionStrings__vectors", stack._vectors.ConnectionString), ("SLIPWAY_LIFELINE", "stdin"),
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
        if (_service is not null)
        {
            // It ends when its standard input does.
            _service.StandardInput.Close();
            if (!_service.WaitForExit(10_000)) _service.Kill();
            _service.Dispose();
        }

        _vectors.Stop();
        _vectors.Dispose();
        _folder.Delete(recursive: true);
    }

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
