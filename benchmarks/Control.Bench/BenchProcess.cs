using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Contracts;

namespace Slipway.Control.Bench;

/// <summary>Control as the stack runs it, in a process of its own, whose processor time can be told from that of whoever loads it.</summary>
internal sealed class BenchProcess : IDisposable
{
    private const string Key = "bench-internal-key-0123456789";

    private readonly Process _process;
    private readonly GrpcChannel _channel;
    private readonly HttpClient _http;

    private BenchProcess(Process process, int http, int grpc)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, Key);
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.Scopes, "admin");
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        Grpc = new ControlService.ControlServiceClient(_channel);
    }

    public static Metadata Headers { get; } = new() { { SlipwayHeaders.InternalKey, Key } };

    public ControlService.ControlServiceClient Grpc { get; }

    /// <summary>Processor time since it started.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<BenchProcess> StartAsync(string folder)
    {
        var (http, grpc) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Slipway.Control.dll")]) { RedirectStandardInput = true };
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        foreach (var (name, value) in ((string, string)[])
        [
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{http}"), ("GRPC_PORT", grpc.ToString(CultureInfo.InvariantCulture)), ("Slipway__InternalKey", Key), ("Slipway__DataPath", folder),
            ("Slipway__AssetsPath", Path.GetFullPath("ai")), ("SLIPWAY_LIFELINE", "stdin"), ("ASPNETCORE_ENVIRONMENT", "Development"), ("Logging__LogLevel__Default", "Warning"),
        ]) start.Environment[name] = value;
        var control = new BenchProcess(Process.Start(start)!, http, grpc);
        for (var waited = Stopwatch.StartNew(); ;)
        {
            if (control._process.HasExited || waited.Elapsed > TimeSpan.FromMinutes(2)) throw new InvalidOperationException("Control did not start.");
            try
            {
                if ((await control._http.GetAsync("/health")).IsSuccessStatusCode) return control;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20);
            }
        }
    }

    public Task<string> GetAsync(string path) => _http.GetStringAsync(path);

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000)) _process.Kill();
        _process.Dispose();
        _http.Dispose();
        _channel.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
