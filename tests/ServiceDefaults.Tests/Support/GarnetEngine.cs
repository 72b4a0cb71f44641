using System.Net;
using System.Net.Sockets;
using Garnet;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Support;

/// <summary>A Redis in this process.</summary>
public sealed class GarnetEngine : IDisposable
{
    private readonly GarnetServer _server;

    public GarnetEngine()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        _server = new GarnetServer(["--bind", "127.0.0.1", "--port", $"{Port}", "--memory", "16m", "--page", "1m", "--index", "1m", "--device-type", "RandomAccess", "-q", "--logger-level", "Error"]);
        _server.Start();
    }

    public string ConnectionString => $"127.0.0.1:{Port}";

    private int Port { get; }

    public void Dispose() => Closing.Close(_server);
}
