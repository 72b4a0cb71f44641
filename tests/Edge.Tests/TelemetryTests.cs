using System.Diagnostics;
using System.Net;
using OpenTelemetry.Trace;
using Slipway.Assets.Slo;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.ServiceDefaults.Telemetry.Keeping;
using Slipway.Testing;
using Slipway.Testing.Telemetry;

namespace Slipway.Edge.Tests;

public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whose_trace_is_kept_the_stack_says_and_no_client()
    {
        await using var sink = await OtlpSink.StartAsync(Token);
        await using var edge = await EdgeHost.StartAsync(settings: new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = sink.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio", ["OTEL_TRACES_SAMPLER_ARG"] = "0",
            ["OTEL_SERVICE_NAME"] = "edge", ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        });
        var trace = ActivityTraceId.CreateRandom();
        using var ask = edge.Request(HttpMethod.Get, "/v1/models");
        ask.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-00");
        using var answer = await edge.SendAsync(ask);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await KeepAsync(null, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await KeepAsync("Authorization", $"Bearer {EdgeHost.AdminKey}"));
        edge.Get<TracerProvider>().ForceFlush(30_000);
        Assert.False(sink.HasSpans("edge", trace));
        Assert.Equal(HttpStatusCode.NoContent, await KeepAsync(SlipwayHeaders.InternalKey, WellKnown.InternalKey));
        // The request's span may end after its answer was read.
        await sink.UntilAsync(() => sink.HasSpans("edge", trace), Token);

        async Task<HttpStatusCode> KeepAsync(string? header, string? value)
        {
            using var keep = new HttpRequestMessage(HttpMethod.Post, KeepEndpoint.Path) { Content = new StringContent($"{trace}\n") };
            if (header is not null) keep.Headers.Add(header, value);
            using var response = await edge.SendAsync(keep);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task The_gateway_stage_is_a_span_with_its_budget()
    {
        using var folder = new TempFolder();
        var stages = string.Join(", ", Stages.Names.Select(name => $"\"{name}\": 20"));
        await File.WriteAllTextAsync(folder.File("slo.json"), $$$"""{"routes":{"default":{"endToEndMs":2500,"withoutModelMs":800,"streamMs":120000,"stages":{ {{{stages}}} } } } }""", Token);
        var ended = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SlipwayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.OperationName == "gateway" && span.GetTagItem("slipway.budget_ms") is not null) ended.TrySetResult(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["Slipway:AssetsPath"] = folder.Path });
        using var response = await edge.Http.GetAsync("/v1/models", Token);
        var span = await ended.Task.WaitAsync(Token);
        Assert.Equal(("gateway", 20.0, "acme"), ((string)span.GetTagItem("slipway.stage")!, (double)span.GetTagItem("slipway.budget_ms")!, (string)span.GetTagItem("slipway.tenant")!));
        Assert.IsType<bool>(span.GetTagItem("slipway.over_budget"));
    }

    [Fact]
    public async Task Metrics_are_for_admins_alone()
    {
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["Slipway:Telemetry:Prometheus"] = "true" });
        using var stranger = await edge.SendAsync(edge.Request(HttpMethod.Get, "/metrics", key: null));
        using var user = await edge.SendAsync(edge.Request(HttpMethod.Get, "/metrics"));
        using var admin = await edge.SendAsync(edge.Request(HttpMethod.Get, "/metrics", EdgeHost.AdminKey));
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK], [stranger.StatusCode, user.StatusCode, admin.StatusCode]);
        Assert.Contains("http_server_request_duration_seconds_bucket", await admin.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}
