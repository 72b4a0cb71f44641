using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults.Redis;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Tests.Support;
using StackExchange.Redis;

namespace Slipway.ServiceDefaults.Tests.Redis;

public sealed class RedisTests(GarnetEngine redis) : IClassFixture<GarnetEngine>
{
    private const string NobodyThere = "127.0.0.1:1,connectTimeout=200";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_are_spans_under_the_span_that_sent_them()
    {
        ConcurrentQueue<Activity> stopped = [];
        using var listener = Listen(stopped);
        await using var app = App(redis.ConnectionString, collected: true);
        var database = Connection(app).GetDatabase();

        ActivityContext parent, other;
        using (var span = SlipwayTelemetry.Source.StartActivity("first"))
        {
            parent = span!.Context;
            await database.StringSetAsync("secret-key", "secret-value");
            await database.StringGetAsync("secret-key");
        }

        using (var span = SlipwayTelemetry.Source.StartActivity("second"))
        {
            other = span!.Context;
            await database.StringLengthAsync("secret-key");
        }

        var commands = stopped.Where(activity => activity.ParentSpanId == parent.SpanId && activity.TraceId == parent.TraceId).ToList();
        Assert.Equal(["SET", "GET"], commands.Select(activity => activity.OperationName));
        Assert.All(commands, activity =>
        {
            Assert.Equal(ActivityKind.Client, activity.Kind);
            Assert.Equal("redis", activity.GetTagItem("db.system.name"));
            Assert.Equal(activity.OperationName, activity.GetTagItem("db.operation.name"));
            Assert.InRange(activity.Duration, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
            Assert.DoesNotContain(activity.TagObjects, tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
        });
        Assert.Equal("STRLEN", Assert.Single(stopped, activity => activity.ParentSpanId == other.SpanId).OperationName);
    }

    [Fact]
    public async Task Tracing_is_there_only_for_whoever_collects_it()
    {
        ConcurrentQueue<Activity> stopped = [];
        using var listener = Listen(stopped);
        await using var app = App(redis.ConnectionString, collected: false);

        ActivityContext parent;
        using (var span = SlipwayTelemetry.Source.StartActivity("quiet"))
        {
            parent = span!.Context;
            await Connection(app).GetDatabase().StringGetAsync("key");
        }

        Assert.DoesNotContain(stopped, activity => activity.ParentSpanId == parent.SpanId);
    }

    [Fact]
    public async Task A_server_that_is_away_is_tolerated_at_start_and_fails_commands_quickly()
    {
        await using var app = App(NobodyThere, collected: false);
        var connection = Connection(app);
        var watch = Stopwatch.StartNew();

        await Assert.ThrowsAnyAsync<RedisException>(() => connection.GetDatabase().StringGetAsync("key"));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_required_server_that_is_away_makes_the_service_unhealthy_and_another_does_not()
    {
        await using var required = App(NobodyThere, collected: false, required: true);
        await using var optional = App(NobodyThere, collected: false);
        await using var present = App(redis.ConnectionString, collected: false, required: true);

        Assert.Equal(HealthStatus.Unhealthy, await HealthOfAsync(required));
        Assert.Equal(HealthStatus.Healthy, await HealthOfAsync(optional));
        Assert.Equal(HealthStatus.Healthy, await HealthOfAsync(present));
    }

    [Fact]
    public async Task A_command_that_the_client_does_not_know_is_one_message_and_not_two()
    {
        await using var app = App(redis.ConnectionString, collected: false);
        var connection = Connection(app);
        var database = connection.GetDatabase();
        await database.ExecuteAsync("STRLEN", "nothing");
        var sent = connection.GetCounters().Interactive.OperationCount;

        for (var i = 0; i < 10; i++) await database.ExecuteAsync("STRLEN", "nothing");

        Assert.Equal(sent + 10, connection.GetCounters().Interactive.OperationCount);
    }

    [Fact]
    public async Task The_database_of_a_connection_string_is_the_one_that_is_used()
    {
        await using var app = App(redis.ConnectionString + ",defaultDatabase=3", collected: false);
        await using var first = App(redis.ConnectionString, collected: false);

        await Connection(app).GetDatabase().ExecuteAsync("SET", "in-third", "x");

        Assert.Equal(1, (int)await Connection(app).GetDatabase().ExecuteAsync("STRLEN", "in-third"));
        Assert.Equal(0, await Connection(first).GetDatabase().StringLengthAsync("in-third"));
    }

    [Fact]
    public async Task A_missing_connection_string_is_named_when_it_is_needed()
    {
        await using var app = App(null, collected: false);

        var exception = Assert.Throws<InvalidOperationException>(() => Connection(app));

        Assert.Contains("ConnectionStrings:redis", exception.Message, StringComparison.Ordinal);
    }

    private static ActivityListener Listen(ConcurrentQueue<Activity> stopped)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SlipwayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static IConnectionMultiplexer Connection(WebApplication app) => app.Services.GetRequiredKeyedService<IConnectionMultiplexer>("redis");

    private static WebApplication App(string? connectionString, bool collected, bool required = false)
    {
        var builder = TestService.Builder(("ConnectionStrings:redis", connectionString), ("OTEL_EXPORTER_OTLP_ENDPOINT", collected ? "http://127.0.0.1:1" : null));
        builder.AddRedis("redis", required);
        builder.Services.AddHealthChecks();
        return builder.Build();
    }

    private static async Task<HealthStatus> HealthOfAsync(WebApplication app) =>
        (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Status;
}
