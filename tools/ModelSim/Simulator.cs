using Microsoft.Extensions.Primitives;
using Slipway.ModelSim.Attempts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim;

internal static class SimulatorExtensions
{
    /// <summary>Reads the settings and adds the log of attempts.</summary>
    public static WebApplicationBuilder AddSimulator(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton((builder.Configuration.GetSection("Sim").Get<SimOptions>() ?? new SimOptions()).Checked());
        builder.Services.AddSingleton<AttemptLog>();
        return builder;
    }

    /// <summary>Asks for the provider's key, where one is set, on everything under <c>/v1</c>.</summary>
    public static WebApplication UseProviderKey(this WebApplication app)
    {
        var key = app.Services.GetRequiredService<SimOptions>().ApiKey;
        if (key.Length == 0) return app;
        var expected = new StringValues("Bearer " + key);
        app.Use((http, next) =>
        {
            if (!http.Request.Path.StartsWithSegments("/v1") || http.Request.Headers.Authorization == expected) return next(http);
            return new ApiError(401, "invalid_api_key", "Incorrect API key provided.").WriteAsync(http.Response);
        });
        return app;
    }
}
