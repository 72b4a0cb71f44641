using System.Security.Cryptography;
using System.Text;
using Slipway.ModelSim.Calls;
using Slipway.ModelSim.Chat;
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
        builder.Services.AddSingleton<SimCalls>();
        builder.Services.AddSingleton<ChatAnswers>();
        // A flush waits until the bytes are with the system: a reset that follows then takes nothing back that a client should have seen.
        builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 2);
        _ = Task.Run(() => TokenCounter.Get(TokenCounter.O200kBase));
        return builder;
    }

    /// <summary>Wants the configured key where it is set, in the header that each API has for it.</summary>
    public static WebApplication UseApiKey(this WebApplication app)
    {
        if (app.Services.GetRequiredService<SimOptions>().ApiKey is not { } key) return app;
        var expected = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        app.Use(async (context, next) =>
        {
            var (path, headers) = (context.Request.Path, context.Request.Headers);
            var authorization = headers.Authorization.ToString();
            var given = path.StartsWithSegments("/openai") && headers.ContainsKey("api-key") ? headers["api-key"].ToString()
                : path.StartsWithSegments("/v1/messages") ? headers["x-api-key"].ToString()
                : authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization["Bearer ".Length..] : "";
            var isProvider = path.StartsWithSegments("/v1") || path.StartsWithSegments("/openai") || path.StartsWithSegments("/api");
            if (isProvider && !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), expected))
            {
                IErrorShape shape = path.StartsWithSegments("/v1/messages") ? AnthropicFormat.Instance : path.StartsWithSegments("/api") ? OllamaFormat.Instance : OpenAiErrorShape.Instance;
                await SimCall.WriteErrorAsync(context.Response, new ApiError(401, "invalid_api_key", "Incorrect API key provided."), shape);
                return;
            }

            await next();
        });
        return app;
    }
}
