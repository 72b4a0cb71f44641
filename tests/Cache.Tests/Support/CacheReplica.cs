using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Cache.Answers;
using Slipway.Cache.Entries;
using Slipway.Cache.Grpc;
using Slipway.Cache.Intents;
using Slipway.Cache.Leases;
using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Grpc;
using Slipway.Testing;

namespace Slipway.Cache.Tests.Support;

/// <summary>One process of the service, in this one: the whole of its Program but for Kestrel.</summary>
internal sealed class CacheReplica : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private CacheReplica(WebApplication app)
    {
        _app = app;
        var http = app.GetTestClient();
        http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, WellKnown.InternalKey);
        _channel = GrpcChannel.ForAddress(http.BaseAddress!, new GrpcChannelOptions { HttpClient = http, MaxSendMessageSize = null, MaxReceiveMessageSize = null });
        Client = new CacheService.CacheServiceClient(_channel);
    }

    internal CacheService.CacheServiceClient Client { get; }

    internal AnswerCache Answers => _app.Services.GetRequiredService<AnswerCache>();

    internal LeaseTable Leases => _app.Services.GetRequiredService<LeaseTable>();

    internal EntryStore Entries => _app.Services.GetRequiredService<EntryStore>();

    internal RedisLink Redis => _app.Services.GetRequiredService<RedisLink>();

    internal HttpClient Http => _app.GetTestClient();

    /// <summary>Starts a replica, and waits until it has found its Redis.</summary>
    internal static async Task<CacheReplica> StartAsync(string? redis = null, TimeProvider? time = null, CacheOptions? options = null, bool waitForRedis = true, string? assets = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseTestServer();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Slipway:InternalKey"] = WellKnown.InternalKey,
            ["ConnectionStrings:redis"] = redis,
            ["Slipway:AssetsPath"] = assets ?? Path.Combine(Repository.Root, "ai"),
        });
        if (time is not null) builder.Services.AddSingleton(time);
        builder.AddServiceDefaults();
        builder.AddGrpcServer();
        builder.AddCacheOptions();
        if (options is not null) builder.Services.AddSingleton(options);
        builder.AddRedisLink();
        builder.AddAnswerCache();
        builder.AddIntentCache();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<CacheGrpcService>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var replica = new CacheReplica(app);
        if (redis is not null && waitForRedis) await replica.Redis.WhenAsync(usable: true, TestContext.Current.CancellationToken);
        return replica;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
