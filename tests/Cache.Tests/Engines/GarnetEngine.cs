using Garnet;
using Slipway.Testing;

namespace Slipway.Cache.Tests.Engines;

/// <summary>Garnet in this process, with the flags that matter to the cache as <c>tools/EmbeddedRedis</c> sets them.</summary>
public sealed class GarnetEngine : RedisEngine
{
    private GarnetServer? _server;

    public override Task StartAsync()
    {
        _server = new GarnetServer(
            ["--bind", "127.0.0.1", "--port", $"{Port}", "--memory", "64m", "--page", "1m", "--segment", "64m", "--index", "4m",
                "--auth", "Password", "--password", Password, "--device-type", "RandomAccess", "--lua", "-q", "--logger-level", "Error"]);
        _server.Start();
        return Task.CompletedTask;
    }

    public override void Kill()
    {
        if (_server is not null) Closing.Close(_server);
        _server = null;
    }
}
