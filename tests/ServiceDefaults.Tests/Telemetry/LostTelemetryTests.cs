using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

/// <summary>A collector that is not there, or takes nothing.</summary>
[Collection(nameof(TelemetryCollection))]
public sealed class LostTelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spans_for_a_collector_that_is_away_are_dropped_and_counted_and_no_request_waits()
    {
        var lost = new Dictionary<string, long>();
        using var listener = Listen(lost);
        await using (var service = await StartAsync(app => app.MapGet("/many", () =>
        {
            for (var i = 0; i < 1000; i++) SlipwayTelemetry.Source.StartActivity("one-of-many")?.Dispose();
            return "done";
        })))
        {
            for (var i = 0; i < 10; i++) Assert.Equal("done", await service.Http().GetStringAsync("/many", Token));
            service.Services.GetRequiredService<TracerProvider>().ForceFlush(10_000);
        }

        lock (lost)
        {
            // 10,000 spans, a queue of 2,048: what did not fit, and what fitted and was not taken.
            Assert.InRange(lost.GetValueOrDefault("queue_full") + lost.GetValueOrDefault("not_taken"), 10_000, 10_100);
            Assert.InRange(lost.GetValueOrDefault("not_taken"), 1, 10_100);
        }
    }

    [Fact]
    public async Task A_collector_that_never_answers_holds_up_no_request_and_one_that_comes_gets_what_comes_then()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        var silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        sink.Before = () => silence.Task;
        await using var service = await StartAsync(app => app.MapGet("/one/{name}", (string name) =>
        {
            SlipwayTelemetry.Source.StartActivity(name)?.Dispose();
            return "done";
        }), sink.Address);
        for (var i = 0; i < 100; i++) Assert.Equal("done", await service.Http().GetStringAsync("/one/while-silent", Token));
        silence.SetResult();
        await service.Http().GetStringAsync("/one/afterwards", Token);
        await service.StopAsync();
        Assert.True(service.Services.GetRequiredService<TracerProvider>().ForceFlush(30_000));
        Assert.True(sink.Has("/v1/traces", "while-silent"));
        Assert.True(sink.Has("/v1/traces", "afterwards"));
    }

    private static Task<TestService> StartAsync(Action<WebApplication> map, string endpoint = "http://127.0.0.1:1") => TestService.StartAsync(
        map: map,
        settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100")]);

    private static MeterListener Listen(Dictionary<string, long> lost)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "slipway.telemetry.spans_lost") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            lock (lost)
            {
                var reason = (string)tags[0].Value!;
                lost[reason] = lost.GetValueOrDefault(reason) + count;
            }
        });
        listener.Start();
        return listener;
    }
}
