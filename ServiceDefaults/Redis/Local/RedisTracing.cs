using System.Diagnostics;
using System.Runtime.CompilerServices;
using Slipway.ServiceDefaults.Telemetry;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Slipway.ServiceDefaults.Redis.Local;

/// <summary>
/// A client span for each Redis command, by OpenTelemetry's database conventions, from StackExchange.Redis's profiler: commands are collected
/// under the span that was current when they were sent, and turned into spans when that one ends. Keys and values are not recorded. Nothing of this exists
/// until the first connection is watched, which only happens where spans are collected.
/// </summary>
internal static class RedisTracing
{
    private static readonly ConditionalWeakTable<Activity, ProfilingSession> Sessions = [];

    static RedisTracing() => ActivitySource.AddActivityListener(new ActivityListener
    {
        // Without a Sample callback it has no say in what is recorded: this listener only wants to hear of ends, of whatever source the parents are.
        ShouldListenTo = _ => true,
        ActivityStopped = Drain,
    });

    internal static void Watch(IConnectionMultiplexer connection) => connection.RegisterProfiler(() =>
        Activity.Current is { IsAllDataRequested: true } current ? Sessions.GetValue(current, static _ => new ProfilingSession()) : null);

    private static void Drain(Activity parent)
    {
        if (!Sessions.TryGetValue(parent, out var session)) return;
        Sessions.Remove(parent);
        foreach (var command in session.FinishProfiling())
        {
            var span = SlipwayTelemetry.Source.StartActivity(command.Command, ActivityKind.Client, parent.Context, startTime: command.CommandCreated);
            if (span is null) continue;
            span.SetTag("db.system.name", "redis");
            span.SetTag("db.operation.name", command.Command);
            span.SetTag("server.address", command.EndPoint?.ToString());
            span.SetEndTime(command.CommandCreated + command.ElapsedTime);
            span.Stop();
        }
    }
}
