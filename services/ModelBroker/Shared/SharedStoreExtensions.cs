using System.Globalization;
using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Shared;

internal static class SharedStoreExtensions
{
    private const string TimeoutKey = "Slipway:ModelBroker:RedisTimeout";
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(5), Longest = TimeSpan.FromSeconds(30);

    /// <summary>The connection <c>redis</c>, where there is one. The service is healthy without it.</summary>
    /// <exception cref="InvalidOperationException">The timeout is no time, or out of its range.</exception>
    public static WebApplicationBuilder AddSharedStore(this WebApplicationBuilder builder)
    {
        var exists = builder.Configuration.GetConnectionString("redis") is { Length: > 0 };
        var patience = Timeout(builder.Configuration[TimeoutKey]);
        if (exists) builder.AddRedis("redis", patience: patience);
        builder.Services.AddSingleton(services => new SharedStore(
            exists ? () => services.GetRequiredKeyedService<IConnectionMultiplexer>("redis") : null,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SharedStore>>()) { Patience = patience });
        builder.Services.AddHostedService(services => services.GetRequiredService<SharedStore>());
        return builder;
    }

    private static TimeSpan Timeout(string? value)
    {
        if (value is null) return SharedStore.UsualPatience;
        if (!TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var timeout) || timeout < Shortest || timeout > Longest)
            throw new InvalidOperationException($"{TimeoutKey} is '{value}', and is to be a time of {Shortest} to {Longest}.");
        return timeout;
    }
}
