using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>Everybody whom the assistant asks, in one process-internal server: h2c on a port of the system's choice.</summary>
public sealed class FakePeers : IAsyncDisposable
{
    private WebApplication? _app;

    public FakeCache Cache { get; } = new();

    public FakeRetrieval Retrieval { get; } = new();

    public FakePrompts Prompts { get; } = new();

    public FakeBroker Broker { get; } = new();

    public FakeControl Control { get; } = new();

    public string Address => _app!.Urls.Single();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = 16 * 1024 * 1024;
            options.MaxSendMessageSize = 16 * 1024 * 1024;
        });
        builder.Services.AddSingleton(Cache).AddSingleton(Retrieval).AddSingleton(Prompts).AddSingleton(Broker).AddSingleton(Control);
        _app = builder.Build();
        _app.MapGrpcService<FakeCache>();
        _app.MapGrpcService<FakeRetrieval>();
        _app.MapGrpcService<FakePrompts>();
        _app.MapGrpcService<FakeBroker>();
        _app.MapGrpcService<FakeControl>();
        await _app.StartAsync();
    }

    public void Reset()
    {
        Cache.Reset();
        Retrieval.Reset();
        Prompts.Reset();
        Broker.Reset();
        Control.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is null) return;
        // Watches hold their calls open: they end with their callers, or here.
        using var hurry = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync();
    }
}
