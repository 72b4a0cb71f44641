using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Configuration;

namespace Slipway.Stack.Bench;

/// <summary>The yardstick: one YARP hop to a Kestrel that says hello, both in one process of their own.</summary>
internal static class Baseline
{
    public static async Task RunAsync(int port)
    {
        var behind = WebApplication.CreateSlimBuilder();
        behind.Logging.ClearProviders();
        behind.WebHost.UseUrls("http://127.0.0.1:0");
        await using var target = behind.Build();
        target.MapGet("/", () => Results.Text("hello"));
        await target.StartAsync();

        var front = WebApplication.CreateBuilder();
        front.Logging.ClearProviders();
        front.WebHost.UseUrls($"http://127.0.0.1:{port}");
        front.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "target", Match = new RouteMatch { Path = "{**all}" } }],
            [new ClusterConfig { ClusterId = "target", Destinations = new Dictionary<string, DestinationConfig> { ["0"] = new() { Address = target.Urls.First() } } }]);
        await using var proxy = front.Build();
        proxy.MapReverseProxy();
        await proxy.StartAsync();
        Console.WriteLine("ready");
        // The parent holds the other end of stdin: it ends, this ends.
        await Console.In.ReadToEndAsync();
    }
}

internal sealed class BaselineProcess : IAsyncDisposable
{
    private readonly Process _process;

    private BaselineProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<BaselineProcess> StartAsync()
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["baseline", $"{port}"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        if (await process.StandardOutput.ReadLineAsync() != "ready") throw new InvalidOperationException("The baseline did not start.");
        return new BaselineProcess(process, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
