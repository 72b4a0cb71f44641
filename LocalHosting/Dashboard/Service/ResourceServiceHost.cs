using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Local.Dashboard.Service;

/// <summary>Serves the resource service over HTTP/2 without TLS on the loopback addresses, to whoever has the key.</summary>
internal static class ResourceServiceHost
{
    /// <summary>Streams end by themselves when the host is stopped.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    /// <exception cref="IOException">The port is taken.</exception>
    internal static async Task<WebApplication> StartAsync(
        int port, string key, ResourceMap map, ConsoleLogs logs, ResourceNotificationService notifications, ResourceCommands commands, CancellationToken cancellationToken)
    {
        // Empty: neither appsettings.json nor ASPNETCORE_URLS of the application model is meant for this.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<ResourceServiceKey>(key));
        builder.Services.AddSingleton(map).AddSingleton(logs).AddSingleton(notifications).AddSingleton(commands);
        var app = builder.Build();
        app.MapGrpcService<ResourceService>();
        await app.StartAsync(cancellationToken);
        return app;
    }
}
