using Slipway.Flags;
using Slipway.ServiceDefaults;

namespace Slipway.Assistant.Costs;

internal static partial class CostExtensions
{
    /// <summary>Reads <c>flags.json</c> of the assets folder, now and whenever it changes; keeps what routes cost.</summary>
    public static WebApplicationBuilder AddCosts(this WebApplicationBuilder builder)
    {
        var path = Path.Combine(builder.AssetsPath(), "flags.json");
        // The request path's background work asks for it before anything listens: mistakes of the file stop the start.
        builder.Services.AddSingleton(services =>
        {
            var logger = services.GetRequiredService<ILogger<FlagFile>>();
            return new FlagFile(path, services.GetRequiredService<TimeProvider>(), flags => LogRead(logger, string.Join(", ", flags.Keys)), reason => LogRefused(logger, reason));
        });
        builder.Services.AddSingleton<CheapMode>();
        return builder;
    }

    [LoggerMessage(1, LogLevel.Information, "flags.json was read again: {Flags}.")]
    private static partial void LogRead(ILogger logger, string flags);

    [LoggerMessage(2, LogLevel.Error, "The change of flags.json is not taken: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
