using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace Slipway.Cache.Tests.Engines;

/// <summary>A server that the cache's tests run against.</summary>
public abstract class RedisEngine : IAsyncLifetime
{
    protected const string Password = "cache-tests";

    private IConnectionMultiplexer? _inspector;

    /// <summary>Why the engine's tests are skipped, or null.</summary>
    public virtual string? Unavailable => null;

    public virtual string ConnectionString => $"127.0.0.1:{Port},password={Password}";

    protected int Port { get; } = FreePort();

    public abstract Task StartAsync();

    /// <summary>As when the process is killed: connections break, the data is gone.</summary>
    public abstract void Kill();

    /// <summary>A connection of the test's own, to look at what the service wrote.</summary>
    public async Task<IDatabase> InspectAsync()
    {
        _inspector ??= await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        return _inspector.GetDatabase();
    }

    public async ValueTask InitializeAsync()
    {
        if (Unavailable is null) await StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_inspector is not null) await _inspector.DisposeAsync();
        Kill();
        GC.SuppressFinalize(this);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
