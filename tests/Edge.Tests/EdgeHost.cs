using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Edge.Tenants;
using Slipway.Testing;

namespace Slipway.Edge.Tests;

/// <summary>The edge's own Program on a real socket, with what stands behind it.</summary>
public sealed class EdgeHost : IAsyncDisposable
{
    public const string Key = "sk-slipway-a-key-of-acme";
    public const string AdminKey = "sk-slipway-an-admin-key";
    public const string LimitedKey = "sk-slipway-a-limited-key";

    private readonly Factory _factory;
    private readonly TempFolder? _ownFolder;

    private EdgeHost(Factory factory, Behind behind, TempFolder? ownFolder)
    {
        _factory = factory;
        _ownFolder = ownFolder;
        Behind = behind;
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(1) };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
    }

    public Behind Behind { get; }

    public Uri Address => _factory.ClientOptions.BaseAddress;

    /// <summary>A client with a key of the tenant acme.</summary>
    public HttpClient Http { get; }

    public static async Task<EdgeHost> StartAsync(
        TempFolder? folder = null, string environment = "Production", bool control = true, Dictionary<string, string>? settings = null, Action<IServiceCollection>? services = null,
        int port = 0, ILoggerProvider? logs = null)
    {
        var behind = new Behind();
        await behind.StartAsync();
        if (control) behind.Control.Publish(FakeControl.Tenants(("acme", Key, "answers", 0), ("ops", AdminKey, "answers,admin", 0), ("small", LimitedKey, "answers", 3), ("dev", "sk-slipway-dev", "answers,admin", 0)));
        var own = folder is null ? new TempFolder() : null;
        var factory = new Factory(builder =>
        {
            builder.UseEnvironment(environment);
            builder.UseSetting("urls", "http://127.0.0.1:0");
            builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
            builder.UseSetting("Slipway:DataPath", (folder ?? own)!.File("edge"));
            builder.UseSetting("services:assistant:http:0", behind.HttpAddress);
            builder.UseSetting("services:control:http:0", behind.HttpAddress);
            // A port where nobody listens stands for a Control that is away.
            builder.UseSetting("services:control:grpc:0", control ? behind.GrpcAddress : "http://127.0.0.1:9");
            foreach (var (name, value) in settings ?? []) builder.UseSetting(name, value);
            builder.ConfigureLogging(logging =>
            {
                logging.ClearProviders();
                if (logs is not null) logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
            });
            if (services is not null) builder.ConfigureServices(services);
        });
        // By the options, not by UseKestrel(port): that sets the address while Program is already on its way to app.Run(), which now and then is faster.
        factory.UseKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port));
        factory.StartServer();
        var host = new EdgeHost(factory, behind, own);
        if (control) await Eventually.TrueAsync(() => factory.Services.GetRequiredService<TenantDirectory>().Known && factory.Services.GetRequiredService<Releases.ActiveRelease>().Name.Count > 0);
        return host;
    }

    internal T Get<T>()
        where T : notnull => _factory.Services.GetRequiredService<T>();

    public HttpRequestMessage Request(HttpMethod method, string path, string? key = Key)
    {
        var request = new HttpRequestMessage(method, path);
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        return request;
    }

    /// <summary>Sends with just the headers of the request.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        using var client = new HttpClient { BaseAddress = Address };
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Behind.Control.End();
        await _factory.DisposeAsync();
        await Behind.DisposeAsync();
        _ownFolder?.Dispose();
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}

/// <summary>For states that give no signal.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(patience.Token);
    }
}

internal static class Responses
{
    /// <summary>Asserts the error shape and a request id, and that nothing internal shows.</summary>
    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {text}");
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("type").GetString()!);
        Assert.True(error.TryGetProperty("param", out _));
        Assert.Single(response.Headers.GetValues("x-slipway-request-id"));
        Assert.False(response.Headers.Contains("Server"));
        foreach (var word in new[] { "127.0.0.1", "localhost", "Exception", "   at ", WellKnown.InternalKey, "sk-" }) Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        return error;
    }

    public static Task<HttpResponseMessage> AskAsync(this HttpClient client, string path = "/v1/answers") =>
        client.PostAsJsonAsync(path, new { question = "?" }, TestContext.Current.CancellationToken);
}
