using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace Slipway.ServiceDefaults.Redis;

/// <summary>Redis clients as Slipway uses them: absent servers are tolerated at start and found again later.</summary>
public static class RedisExtensions
{
    /// <summary>
    /// Registers an <c>IConnectionMultiplexer</c> for <c>ConnectionStrings:NAME</c>, keyed by that name, with a health check and tracing.
    /// A server that is away fails each command within half a second, or within <paramref name="patience"/> where that is longer, and is reconnected in the background.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The connection string's name, for example <c>redis</c> or <c>vectors</c>.</param>
    /// <param name="required">Whether the service is unhealthy while the server is away. Where it serves without, say false.</param>
    /// <param name="patience">How long the service waits for a command at most.</param>
    public static void AddRedis(this IHostApplicationBuilder builder, string connectionName, bool required = false, TimeSpan patience = default) =>
        builder.AddKeyedRedisClient(
            connectionName,
            settings =>
            {
                settings.DisableHealthChecks = !required;
                // A profiler costs each command an object: it is there for whoever collects spans.
                settings.DisableTracing = !builder.Configuration.CollectsTelemetry();
            },
            options =>
            {
                options.AbortOnConnectFail = false;
                options.ConnectTimeout = 1000;
                options.SyncTimeout = 500;
                options.AsyncTimeout = Math.Max(500, (int)patience.TotalMilliseconds);
                options.BacklogPolicy = BacklogPolicy.FailFast;
                options.ReconnectRetryPolicy = new LinearRetry(250);
                options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
                // After a transaction, or a command that it does not know, the client selects the database anew, with a message that has no time of its own: a heartbeat that meets one under way
                // takes it for late, and ends a connection that was idle before as dead (https://github.com/StackExchange/StackExchange.Redis/pull/2965). In database 0 nobody need select.
                if (options.DefaultDatabase is null or 0 && options.CommandMap == CommandMap.Default)
                    options.CommandMap = CommandMap.Create(["SELECT"], available: false);
            });
}
