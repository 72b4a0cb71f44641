using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

/// <summary>A service of which no trace is sampled.</summary>
[Collection(nameof(TelemetryCollection))]
public sealed class KeepingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_trace_that_was_not_sampled_is_sent_when_somebody_asks_to_keep_it()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await StartAsync(sink);
        var kept = await service.Http().GetStringAsync("/work/kept", Token);
        await service.Http().GetStringAsync("/work/forgotten", Token);

        using var response = await service.Http().PostAsync(KeepEndpoint.Path, new StringContent(kept + "\n"), Token);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        await FlushAsync(service);
        Assert.True(sink.Has("/v1/traces", "work-kept"));
        Assert.False(sink.Has("/v1/traces", "work-forgotten"));
    }

    [Fact]
    public async Task A_span_that_failed_is_sent_whatever_was_sampled()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await StartAsync(sink);
        await service.Http().GetStringAsync("/fail", Token);
        await FlushAsync(service);
        Assert.True(sink.Has("/v1/traces", "work-failed"));
    }

    [Fact]
    public async Task Who_lacks_the_internal_key_or_sends_no_trace_ids_keeps_nothing()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var service = await StartAsync(sink);
        using var stranger = await service.Http(key: null).PostAsync(KeepEndpoint.Path, new StringContent(""), Token);
        using var rubbish = await service.Http().PostAsync(KeepEndpoint.Path, new StringContent("not-a-trace-id\n"), Token);
        using var large = await service.Http().PostAsync(KeepEndpoint.Path, new StringContent(new string('a', 33 * 1001)), Token);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge], [stranger.StatusCode, rubbish.StatusCode, large.StatusCode]);
    }

    [Fact]
    public async Task A_share_that_is_none_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(settings:
            [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "1.5")]));
        Assert.Equal("OTEL_TRACES_SAMPLER_ARG is '1.5'; it must be 0 to 1.", error.Message);
    }

    private static Task<TestService> StartAsync(OtlpSink sink) => TestService.StartAsync(
        map: app =>
        {
            app.MapGet("/work/{id}", (string id) =>
            {
                using var span = SlipwayTelemetry.Source.StartActivity("work-" + id);
                return span!.TraceId.ToHexString();
            });
            app.MapGet("/fail", () =>
            {
                using var span = SlipwayTelemetry.Source.StartActivity("work-failed");
                span!.SetStatus(ActivityStatusCode.Error);
                return "failed";
            });
        },
        settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", sink.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0"),
        ]);

    private static async Task FlushAsync(TestService service)
    {
        await service.StopAsync();
        service.Services.GetRequiredService<TracerProvider>().ForceFlush(30_000);
    }
}
