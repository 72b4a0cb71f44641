using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Hosting;

/// <summary>The assistant's own Program on a real socket, between fake peers.</summary>
public sealed class AssistantHost : IAsyncDisposable
{
    private readonly Factory _factory;
    private readonly string _assets;

    private AssistantHost(Factory factory, Uri address, FakePeers peers, string assets)
    {
        _assets = assets;
        _factory = factory;
        Address = address;
        Peers = peers;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        Http.DefaultRequestHeaders.Add(SlipwayHeaders.InternalKey, WellKnown.InternalKey);
    }

    public Uri Address { get; }

    public FakePeers Peers { get; }

    /// <summary>A client with the internal key.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>Starts the assistant, and waits until it knows releases and models (unless nobody can tell it).</summary>
    public static async Task<AssistantHost> StartAsync(
        FakePeers peers, TempFolder folder, string? slo = null, bool ready = true, bool warmUp = false, int hotAnswerMilliseconds = 0, params (string Peer, string Address)[] elsewhere)
    {
        var assets = Directory.CreateDirectory(folder.File("assets"));
        await File.WriteAllTextAsync(Path.Combine(assets.FullName, "slo.json"), slo ?? SloJson.With());
        var factory = new Factory(builder =>
        {
            builder.UseEnvironment("Production");
            // Not UseKestrel(0): that sets the address while Program, on its own thread, may have started the server already.
            builder.UseSetting("urls", "http://127.0.0.1:0");
            builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
            builder.UseSetting("Slipway:DataPath", folder.File("data"));
            builder.UseSetting("Slipway:AssetsPath", assets.FullName);
            // The fakes count what they are asked.
            builder.UseSetting("Slipway:Assistant:HotAnswerMilliseconds", hotAnswerMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
            builder.UseSetting("Slipway:Assistant:WarmUp", warmUp ? "true" : "false");
            builder.UseSetting("Slipway:Assistant:Warming:Enabled", "false");
            foreach (var peer in (string[])["cache", "retrieval", "prompts", "model-broker", "control"])
                builder.UseSetting($"services:{peer}:grpc:0", elsewhere.FirstOrDefault(other => other.Peer == peer).Address ?? peers.Address);
            builder.ConfigureLogging(logging => logging.ClearProviders());
        });
        factory.UseKestrel();
        factory.StartServer();
        var host = new AssistantHost(factory, factory.ClientOptions.BaseAddress, peers, assets.FullName);
        if (ready)
        {
            await Eventually.TrueAsync(() =>
                host.Get<Releases>().Known && host.Get<ModelCatalog>().Known && host.Get<Corpora>().VersionOf("tenant-of-the-watch", "") is "w1");
        }

        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
    }

    internal T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Changes <c>flags.json</c>, as an operator does.</summary>
    public Task WriteFlagsAsync(string json) => File.WriteAllTextAsync(Path.Combine(_assets, "flags.json"), json, TestContext.Current.CancellationToken);

    public Task WriteSloAsync(string json) => File.WriteAllTextAsync(Path.Combine(_assets, "slo.json"), json, TestContext.Current.CancellationToken);

    /// <summary>Makes the corpus version known, as the watch does.</summary>
    public void Learn(string tenant, string version) => Get<Corpora>().Accept(new CorpusState { Tenant = tenant, CorpusVersion = version });

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}

/// <summary>For states that give no signal.</summary>
public static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition()) await timer.WaitForNextTickAsync(patience.Token);
    }
}
