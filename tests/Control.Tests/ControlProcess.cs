using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Grpc.Net.Client;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

/// <summary>Control in a process of its own, that can be killed.</summary>
internal sealed class ControlProcess : IDisposable
{
    private readonly Process _process;
    private readonly GrpcChannel _channel;
    private readonly HttpClient _http;

    private ControlProcess(Process process, int http, int grpc)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, WellKnown.InternalKey);
        _http.DefaultRequestHeaders.Add(SlipwayHeaders.Scopes, "admin");
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        Grpc = new ControlService.ControlServiceClient(_channel);
    }

    public ControlService.ControlServiceClient Grpc { get; }

    public static async Task<ControlProcess> StartAsync(string folder, CancellationToken cancellationToken, params (string Name, string Value)[] settings)
    {
        var (http, grpc) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Program).Assembly.Location]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        foreach (var (name, value) in ((string, string)[])
        [
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{http}"), ("GRPC_PORT", grpc.ToString(CultureInfo.InvariantCulture)), ("Slipway__InternalKey", WellKnown.InternalKey), ("Slipway__DataPath", folder),
            ("Slipway__AssetsPath", Path.Combine(Repository.Root, "ai")), ("SLIPWAY_LIFELINE", "stdin"), ("ASPNETCORE_ENVIRONMENT", "Development"), ("Logging__LogLevel__Default", "Warning"), .. settings,
        ]) start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var control = new ControlProcess(process, http, grpc);
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(process.HasExited, "Control ended before it had started.");
            try
            {
                return (await control._http.GetAsync("/health", cancellationToken)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return control;
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => JsonDocument.Parse(await _http.GetStringAsync(path, cancellationToken)).RootElement;

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
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
