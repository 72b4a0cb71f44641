using System.Net;
using System.Net.Sockets;
using Garnet;
using Slipway.Testing;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>A real Garnet with vector sets, in memory and in this process. It can be stopped, losing its data, and started again at the same port.</summary>
internal sealed class VectorsServer : IDisposable
{
    private const string Password = "vectors-test";
    private readonly string _memory;
    private GarnetServer? _server;

    /// <param name="memory">What its store may take, as Garnet writes sizes.</param>
    public VectorsServer(string memory = "64m")
    {
        _memory = memory;
        Port = FreePort();
        Start();
    }

    public int Port { get; }

    public string ConnectionString => ConnectionStringAt(Port);

    public static string ConnectionStringAt(int port) => $"127.0.0.1:{port},password={Password}";

    public void Start()
    {
        _server = new GarnetServer(
            ["--bind", "127.0.0.1", "--port", $"{Port}", "--memory", _memory, "--index", "4m", "--auth", "Password", "--password", Password, "--enable-vector-set-preview", "-q", "--logger-level", "Error"]);
        _server.Start();
    }

    public void Stop()
    {
        if (_server is not null) Closing.Close(_server);
        _server = null;
    }

    public void Dispose() => Stop();

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
