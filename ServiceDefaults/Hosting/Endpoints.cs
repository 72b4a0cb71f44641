using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ServiceDefaults.Hosting;

/// <summary>
/// Where a service listens: HTTP/1.1 at the addresses of <c>ASPNETCORE_URLS</c>, gRPC (HTTP/2 without TLS) at the port of <c>GRPC_PORT</c>.
/// Two ports, because a plaintext port cannot tell HTTP/1.1 from HTTP/2, and health checks speak the former.
/// </summary>
internal static class Endpoints
{
    internal static void AddEndpoints(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        if (builder.Configuration["GRPC_PORT"] is not { Length: > 0 } text) return;
        if (!ushort.TryParse(text, CultureInfo.InvariantCulture, out var grpcPort))
            throw new InvalidOperationException($"GRPC_PORT is '{text}', which is not a port number (0 to 65535).");

        var urls = builder.Configuration["urls"] ?? builder.Configuration["ASPNETCORE_URLS"] ?? "";
        // An explicit Listen makes Kestrel ignore ASPNETCORE_URLS, with a warning at each start; so both are said here, and the variable is forgotten.
        builder.Services.AddSingleton<IStartupFilter, ForgetUrls>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                Listen(kestrel, Microsoft.AspNetCore.Http.BindingAddress.Parse(url), HttpProtocols.Http1);
            }

            kestrel.Listen(IPAddress.Loopback, grpcPort, options => options.Protocols = HttpProtocols.Http2);
        });
    }

    private static void Listen(KestrelServerOptions kestrel, Microsoft.AspNetCore.Http.BindingAddress address, HttpProtocols protocols)
    {
        if (address.Host is "*" or "+" or "0.0.0.0" or "[::]") kestrel.ListenAnyIP(address.Port, options => options.Protocols = protocols);
        else if (IPAddress.TryParse(address.Host, out var ip)) kestrel.Listen(ip, address.Port, options => options.Protocols = protocols);
        else if (address.Port == 0) kestrel.Listen(IPAddress.Loopback, 0, options => options.Protocols = protocols);
        else kestrel.ListenLocalhost(address.Port, options => options.Protocols = protocols);
    }

    /// <summary>Runs after the host has handed the addresses to the server, and before the server starts.</summary>
    private sealed class ForgetUrls : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.ServerFeatures.Get<IServerAddressesFeature>()?.Addresses.Clear();
            next(app);
        };
    }
}
