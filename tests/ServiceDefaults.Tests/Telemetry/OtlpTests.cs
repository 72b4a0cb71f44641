using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

[Collection(nameof(TelemetryCollection))]
public sealed class OtlpTests
{
    private const int FlushMs = 30_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Traces_metrics_and_logs_arrive_at_the_endpoint()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await TestService.StartAsync(
            map: app => app.MapGet("/work/{id}", (string id, ILogger<OtlpTests> logger) =>
            {
                using var span = SlipwayTelemetry.Source.StartActivity("otlp-test-span");
                SlipwayTelemetry.Meter.CreateCounter<long>("slipway.otlp.test").Add(1);
                Log(logger, "otlp-test-log");
                return "done";
            }),
            settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_SERVICE_NAME", "otlp-test-service")]);

        await service.Http().GetStringAsync("/work/1", Token);
        await service.Http().GetStringAsync("/health", Token);
        // An answer is read before its request's span ends; a server that has stopped has ended them all.
        await service.StopAsync();
        service.Services.GetRequiredService<TracerProvider>().ForceFlush(FlushMs);
        service.Services.GetRequiredService<MeterProvider>().ForceFlush(FlushMs);
        service.Services.GetRequiredService<LoggerProvider>().ForceFlush(FlushMs);

        // OpenTelemetry's queue of logs is flushed when it is empty: its last batch may still be on its way.
        await sink.UntilItHasAsync("/v1/logs", "otlp-test-log", Token);
        Assert.True(sink.Has("/v1/traces", "otlp-test-span"));
        Assert.True(sink.Has("/v1/traces", "otlp-test-service"));
        Assert.True(sink.Has("/v1/traces", "GET /work/{id}"), "The request's own span is missing.");
        // By its name: this process is the client of that call too, whose span has the path.
        Assert.False(sink.Has("/v1/traces", "GET /health"), "Health checks are noise.");
        Assert.True(sink.Has("/v1/metrics", "slipway.otlp.test"));
        Assert.True(sink.Has("/v1/metrics", "http.server.request.duration"));
        Assert.True(sink.Has("/v1/metrics", "/work/{id}"));
        Assert.False(sink.Has("/v1/metrics", "/health"), "Health checks are noise.");
    }

    [Fact]
    public async Task What_services_ask_each_other_by_themselves_makes_no_spans()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await TestService.StartAsync(
            map: app => app.MapPost("/grpc/{method}", () => "done"),
            settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]);

        await CallAsync("in-the-background", traceparent: null);
        await CallAsync("for-a-request", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01");
        await service.StopAsync();
        service.Services.GetRequiredService<TracerProvider>().ForceFlush(FlushMs);

        Assert.True(sink.Has("/v1/traces", "for-a-request"));
        Assert.False(sink.Has("/v1/traces", "in-the-background"));

        async Task CallAsync(string method, string? traceparent)
        {
            // This process has the spans of the client too.
            using var suppressed = SuppressInstrumentationScope.Begin();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/grpc/{method}") { Content = new StringContent("") };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            if (traceparent is not null) request.Headers.Add("traceparent", traceparent);
            using var response = await service.Http().SendAsync(request, Token);
            Assert.True(response.IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task Spans_and_logs_arrive_while_the_service_runs()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await TestService.StartAsync(
            map: app => app.MapGet("/work/{id}", (ILogger<OtlpTests> logger) =>
            {
                Log(logger, "log-while-running");
                SlipwayTelemetry.Source.StartActivity("span-while-running")?.Dispose();
                return "done";
            }),
            settings:
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "20"), ("OTEL_BLRP_SCHEDULE_DELAY", "20"),
            ]);
        await service.Http().GetStringAsync("/work/1", Token);
        await sink.UntilItHasAsync("/v1/traces", "span-while-running", Token);
        await sink.UntilItHasAsync("/v1/logs", "log-while-running", Token);
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_collected()
    {
        await using var service = await TestService.StartAsync(settings: ("OTEL_EXPORTER_OTLP_ENDPOINT", null));

        Assert.Null(service.Services.GetService<TracerProvider>());
        Assert.Null(service.Services.GetService<MeterProvider>());
    }

    private static void Log(ILogger logger, string message) => logger.Log(LogLevel.Warning, new EventId(1), message, null, static (state, _) => state);
}
