using Aspire.StackExchange.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults.Redis.Local;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis
{
    /// <summary>Stands in for the settings class of the package Aspire.StackExchange.Redis 13.5.</summary>
    public sealed class StackExchangeRedisSettings
    {
        /// <summary>The connection string.</summary>
        public string? ConnectionString { get; set; }

        /// <summary>True leaves the health check out.</summary>
        public bool DisableHealthChecks { get; set; }

        /// <summary>True leaves the tracing out.</summary>
        public bool DisableTracing { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    /// <summary>Stands in for the extension class of the package Aspire.StackExchange.Redis 13.5: the members that ServiceDefaults uses.</summary>
    public static class AspireRedisExtensions
    {
        /// <summary>Registers a keyed <see cref="IConnectionMultiplexer"/> for <c>ConnectionStrings:NAME</c>.</summary>
        public static void AddKeyedRedisClient(
            this IHostApplicationBuilder builder, string name, Action<StackExchangeRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null)
        {
            var settings = new StackExchangeRedisSettings { ConnectionString = builder.Configuration.GetConnectionString(name) };
            configureSettings?.Invoke(settings);
            builder.Services.AddKeyedSingleton<IConnectionMultiplexer>(name, (_, _) =>
            {
                if (string.IsNullOrEmpty(settings.ConnectionString))
                    throw new InvalidOperationException($"ConnectionStrings:{name} is not set.");
                var options = ConfigurationOptions.Parse(settings.ConnectionString);
                configureOptions?.Invoke(options);
                var connection = ConnectionMultiplexer.Connect(options);
                if (!settings.DisableTracing) RedisTracing.Watch(connection);
                return connection;
            });

            if (settings.DisableHealthChecks) return;
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                $"redis:{name}", services => new RedisHealthCheck(services.GetRequiredKeyedService<IConnectionMultiplexer>(name)), HealthStatus.Unhealthy, tags: null, TimeSpan.FromSeconds(2)));
        }
    }
}
