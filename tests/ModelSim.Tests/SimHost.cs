using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.ModelSim.Log;

namespace Slipway.Testing;

/// <summary>The simulator's own Program on a real socket.</summary>
internal sealed class SimHost : IAsyncDisposable
{
    private readonly Factory _factory;

    public SimHost(TimeProvider? time = null, params (string Key, string Value)[] settings)
    {
        _factory = new Factory(builder =>
        {
            builder.UseEnvironment("Production");
            builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
            builder.UseSetting("urls", "http://127.0.0.1:0");
            foreach (var (key, value) in settings) builder.UseSetting(key, value);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            if (time is not null) builder.ConfigureServices(services => services.AddSingleton(time));
        });
        // Not UseKestrel(0): it changes the addresses of a server that Program may have started already.
        _factory.UseKestrel();
        _factory.StartServer();
        Address = new Uri(_factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    /// <summary>What goes into <c>Slipway:Model:BaseUrl</c>.</summary>
    public string BaseUrl => new Uri(Address, "/v1").ToString();

    public HttpClient Http { get; }

    public RequestLog Log => _factory.Services.GetRequiredService<RequestLog>();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<RequestLog>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }
}
