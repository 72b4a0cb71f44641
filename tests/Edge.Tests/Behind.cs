using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;

namespace Slipway.Edge.Tests;

/// <summary>What stands behind the edge: an HTTP server that plays assistant and control, and Control's gRPC streams.</summary>
public sealed class Behind : IAsyncDisposable
{
    private WebApplication? _http;
    private WebApplication? _grpc;

    public ConcurrentQueue<Seen> Requests { get; } = new();

    /// <summary>How a request is answered; by default <c>{"ok":true}</c>.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = http => http.Response.WriteAsync("""{"ok":true}""");

    public FakeControl Control { get; } = new();

    public string HttpAddress { get; private set; } = "";

    public string GrpcAddress { get; private set; } = "";

    public async Task StartAsync()
    {
        _http = await StartAsync(HttpProtocols.Http1, app => app.Run(async http =>
        {
            Requests.Enqueue(new Seen(http.Request.Method, http.Request.Path, http.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString())));
            http.Response.Headers["Server-Timing"] = "flags;dur=1";
            http.Response.Headers["x-slipway-request-id"] = http.Request.Headers["x-slipway-request-id"];
            http.Response.Headers.Server = "something internal";
            await Answer(http);
        }));
        HttpAddress = _http.Urls.Single();
        _grpc = await StartAsync(HttpProtocols.Http2, app => app.MapGrpcService<FakeControl>());
        GrpcAddress = _grpc.Urls.Single();
    }

    public async ValueTask DisposeAsync()
    {
        Control.End();
        if (_http is not null) await _http.DisposeAsync();
        if (_grpc is not null) await _grpc.DisposeAsync();
    }

    private async Task<WebApplication> StartAsync(HttpProtocols protocols, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Control);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }
}

public sealed record Seen(string Method, string Path, IReadOnlyDictionary<string, string> Headers);

/// <summary>Control's streams: each set that is published reaches whoever follows.</summary>
public sealed class FakeControl : ControlService.ControlServiceBase
{
    private readonly Lock _gate = new();
    private readonly List<Channel<TenantSet>> _followers = [];
    private TenantSet? _tenants;

    public static TenantSet Tenants(params (string Tenant, string Key, string Scopes, int PerMinute)[] keys)
    {
        var set = new TenantSet { Version = Guid.NewGuid().ToString("N") };
        foreach (var (tenant, key, scopes, perMinute) in keys)
        {
            var entry = new Tenant { Id = tenant, Name = tenant, RequestsPerMinute = perMinute };
            var apiKey = new ApiKey { Hash = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(key))) };
            apiKey.Scopes.AddRange(scopes.Split(','));
            entry.Keys.Add(apiKey);
            set.Tenants.Add(entry);
        }

        return set;
    }

    public void Publish(TenantSet tenants)
    {
        lock (_gate)
        {
            _tenants = tenants;
            foreach (var follower in _followers) follower.Writer.TryWrite(tenants);
        }
    }

    public void End()
    {
        lock (_gate)
        {
            foreach (var follower in _followers) follower.Writer.TryComplete();
        }
    }

    public override async Task WatchTenants(WatchRequest request, IServerStreamWriter<TenantSet> responseStream, ServerCallContext context)
    {
        var channel = Channel.CreateUnbounded<TenantSet>();
        lock (_gate)
        {
            _followers.Add(channel);
            if (_tenants is not null) channel.Writer.TryWrite(_tenants);
        }

        await foreach (var set in channel.Reader.ReadAllAsync(context.CancellationToken)) await responseStream.WriteAsync(set, context.CancellationToken);
    }

    public override async Task WatchReleases(WatchRequest request, IServerStreamWriter<ReleaseSet> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new ReleaseSet { Version = "1", Active = "baseline", Releases = { new Release { Name = "baseline" } } }, context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
