using System.Net;
using Microsoft.AspNetCore.Builder;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

[Collection(nameof(TelemetryCollection))]
public sealed class PrometheusTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_are_served_where_the_setting_says_so_and_lead_to_a_trace()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await TestService.StartAsync(
            map: app => app.MapGet("/work", () =>
            {
                using var span = SlipwayTelemetry.Source.StartActivity("work");
                SlipwayTelemetry.Meter.CreateHistogram<double>("slipway.prometheus.test", "s").Record(0.5, new KeyValuePair<string, object?>("slipway.stage", "cache"));
                return span!.TraceId.ToHexString();
            }),
            settings:
            [
                ("Slipway:Telemetry:Prometheus", "true"), ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based"),
            ]);
        var trace = await service.Http().GetStringAsync("/work", Token);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("application/openmetrics-text; version=1.0.0");
        using var response = await service.Http().SendAsync(request, Token);
        var text = await response.Content.ReadAsStringAsync(Token);
        var bucket = Assert.Single(text.Split('\n'), line => line.StartsWith("slipway_prometheus_test_seconds_bucket", StringComparison.Ordinal) && line.Contains(trace, StringComparison.Ordinal));
        Assert.Contains("slipway_stage=\"cache\"", bucket, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_setting_there_are_none()
    {
        await using var service = await TestService.StartAsync();
        using var response = await service.Http().GetAsync("/metrics", Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
