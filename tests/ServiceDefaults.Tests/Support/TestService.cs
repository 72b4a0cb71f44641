using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Grpc;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Support;

/// <summary>A service with the defaults, on real ports of this machine's choice.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<IDisposable> _owned = [];

    private TestService(WebApplication app)
    {
        _app = app;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToArray();
        (HttpAddress, GrpcAddress) = (addresses[0], addresses[1]);
    }

    internal IServiceProvider Services => _app.Services;

    internal Uri HttpAddress { get; }

    internal Uri GrpcAddress { get; }

    internal static async Task<TestService> StartAsync(
        Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null, params (string Key, string? Value)[] settings)
    {
        var builder = Builder([("GRPC_PORT", "0"), ("urls", "http://127.0.0.1:0"), .. settings]);
        builder.AddServiceDefaults();
        builder.AddGrpcServer();
        builder.Logging.AddFilter<ConsoleLoggerProvider>(null, LogLevel.None);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestService(app);
    }

    /// <summary>A builder with the internal key and these settings; a null takes a setting away.</summary>
    internal static WebApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection([new("Slipway:InternalKey", WellKnown.InternalKey)]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        return builder;
    }

    /// <summary>A client that speaks gRPC to this service, with the internal key unless another is given.</summary>
    internal CacheService.CacheServiceClient Client(string? key = WellKnown.InternalKey)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        if (key is not null) http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, key);
        var channel = GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions { HttpClient = http, DisposeHttpClient = true });
        _owned.Add(channel);
        return new CacheService.CacheServiceClient(channel);
    }

    internal HttpClient Http(string? key = WellKnown.InternalKey)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = HttpAddress };
        if (key is not null) http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, key);
        _owned.Add(http);
        return http;
    }

    /// <summary>Stops listening and waits for the requests under way; what the service collected is still there.</summary>
    internal Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned) owned.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
