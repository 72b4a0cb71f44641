using Slipway.Cache.Options;
using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Redis;

internal static class RedisLinkExtensions
{
    /// <summary>The connection <c>redis</c>. The service is healthy without it: it serves from memory.</summary>
    internal static WebApplicationBuilder AddRedisLink(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis", patience: builder.Configuration.GetValue<TimeSpan>("Cache:RedisTimeout"));
        builder.Services.AddSingleton(services => new RedisLink(
            () => services.GetRequiredKeyedService<IConnectionMultiplexer>("redis"),
            services.GetRequiredService<CacheOptions>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<RedisLink>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<RedisLink>());
        return builder;
    }
}
