using Slipway.ServiceDefaults.Errors;

namespace Slipway.Edge.Gateway;

internal static class GatewayExtensions
{
    /// <summary>Reads the gateway's limits, and its budget.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(builder.ReadGatewayOptions());
        builder.Services.AddSingleton<GatewayBudget>();
        return builder;
    }

    /// <summary>Section <c>Slipway:Edge</c>, checked.</summary>
    public static GatewayOptions ReadGatewayOptions(this WebApplicationBuilder builder) => (builder.Configuration.GetSection("Slipway:Edge").Get<GatewayOptions>() ?? new GatewayOptions()).Checked();

    public static WebApplication UseRequestId(this WebApplication app)
    {
        app.UseMiddleware<RequestIdMiddleware>();
        return app;
    }

    public static WebApplication UseGateway(this WebApplication app)
    {
        app.UseMiddleware<GatewayMiddleware>();
        return app;
    }

    /// <summary>Whoever comes by the console's port is told that the console is not there yet.</summary>
    public static WebApplication UseConsolePort(this WebApplication app)
    {
        var port = app.Services.GetRequiredService<GatewayOptions>().ConsolePort;
        if (port == 0) return app;
        app.Use((http, next) => http.Connection.LocalPort == port
            ? new ApiError(404, "console_not_available", "The console is not part of this version.").WriteAsync(http.Response)
            : next(http));
        return app;
    }
}
