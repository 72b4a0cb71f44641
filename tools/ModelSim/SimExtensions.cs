using System.Security.Cryptography;
using System.Text;
using Slipway.ModelSim.Log;
using Slipway.ServiceDefaults.Errors;
using Slipway.Tokens;

namespace Slipway.ModelSim;

/// <summary>Adds the simulator.</summary>
internal static class SimExtensions
{
    public static WebApplicationBuilder AddSim(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(SimOptions.Read(builder.Configuration));
        builder.Services.AddSingleton<RequestLog>();
        _ = Task.Run(() => TokenCounter.Get(TokenCounter.O200kBase));
        return builder;
    }

    /// <summary>Wants the configured bearer key on <c>/v1</c>, as a provider does.</summary>
    public static WebApplication UseApiKey(this WebApplication app)
    {
        if (app.Services.GetRequiredService<SimOptions>().ApiKey is not { } key) return app;
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + key));
        app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/v1")
                && !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())), expected))
            {
                await new ApiError(401, "invalid_api_key", "Incorrect API key provided.").WriteAsync(context.Response);
                return;
            }

            await next();
        });
        return app;
    }
}
