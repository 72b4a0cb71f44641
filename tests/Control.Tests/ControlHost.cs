using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

/// <summary>Control's own Program in process, on a database of its own.</summary>
public sealed class ControlHost : IAsyncDisposable
{
    private readonly Factory _factory;
    private readonly GrpcChannel _channel;

    private ControlHost(Factory factory)
    {
        _factory = factory;
        Admin = Client("admin,answers");
        _channel = GrpcChannel.ForAddress(factory.Server.BaseAddress, new GrpcChannelOptions { HttpHandler = factory.Server.CreateHandler() });
        Grpc = new ControlService.ControlServiceClient(_channel);
    }

    /// <summary>A client as the edge's requests of an admin look.</summary>
    public HttpClient Admin { get; }

    public ControlService.ControlServiceClient Grpc { get; }

    public static Metadata Key { get; } = new() { { SlipwayHeaders.InternalKey, WellKnown.InternalKey } };

    public static async Task<ControlHost> StartAsync(TempFolder folder, string? database, string environment = "Development", TimeProvider? time = null, string? retrieval = null, string? cache = null, string? modelBroker = null, params (string Name, string Value)[] settings)
    {
        var factory = new Factory(builder =>
        {
            builder.UseEnvironment(environment);
            builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
            builder.UseSetting("Slipway:DataPath", folder.File("control"));
            builder.UseSetting("Slipway:AssetsPath", Path.Combine(Repository.Root, "ai"));
            // Where nobody listens, unless a test says who.
            builder.UseSetting("services:retrieval:grpc:0", retrieval ?? "http://127.0.0.1:9");
            builder.UseSetting("services:cache:grpc:0", cache ?? "http://127.0.0.1:9");
            builder.UseSetting("services:model-broker:grpc:0", modelBroker ?? "http://127.0.0.1:9");
            foreach (var (name, value) in settings) builder.UseSetting(name, value);
            if (database is not null) builder.UseSetting("ConnectionStrings:database", database);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            if (time is not null) builder.ConfigureServices(services => services.AddSingleton(time));
        });
        var host = new ControlHost(factory);
        await Eventually.TrueAsync(async () => (await host.Admin.GetAsync("/health", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        return host;
    }

    public IServiceProvider Services => _factory.Services;

    public HttpClient Client(string scopes, string? internalKey = WellKnown.InternalKey)
    {
        var client = _factory.CreateClient();
        if (internalKey is not null) client.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, internalKey);
        client.DefaultRequestHeaders.Add(SlipwayHeaders.Tenant, "dev");
        client.DefaultRequestHeaders.Add(SlipwayHeaders.Scopes, scopes);
        return client;
    }

    public async Task<JsonElement> GetAsync(string path, int status = 200) => await ReadAsync(await Admin.GetAsync(path, TestContext.Current.CancellationToken), status);

    public async Task<JsonElement> PostAsync(string path, object body, int status = 201) => await ReadAsync(await Admin.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken), status);

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public Task AppendAsync(params RequestRecord[] records)
    {
        var request = new AppendRecordsRequest();
        request.Records.AddRange(records);
        return Grpc.AppendRecordsAsync(request, Key, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        _channel.Dispose();
        await _factory.DisposeAsync();
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}

/// <summary>For states that give no signal.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition()) await timer.WaitForNextTickAsync(patience.Token);
    }
}
