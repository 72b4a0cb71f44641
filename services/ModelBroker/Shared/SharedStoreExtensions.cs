using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Shared;

internal static class SharedStoreExtensions
{
    /// <summary>The connection <c>redis</c>, where there is one. The service is healthy without it.</summary>
    public static WebApplicationBuilder AddSharedStore(this WebApplicationBuilder builder)
    {
        var exists = builder.Configuration.GetConnectionString("redis") is { Length: > 0 };
        if (exists) builder.AddRedis("redis");
        builder.Services.AddSingleton(services => new SharedStore(
            exists ? () => services.GetRequiredKeyedService<IConnectionMultiplexer>("redis") : null,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SharedStore>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<SharedStore>());
        return builder;
    }
}
