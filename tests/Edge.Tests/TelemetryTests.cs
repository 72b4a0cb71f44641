using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Slipway.Assets.Slo;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.Testing;

namespace Slipway.Edge.Tests;

public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_assistant_says_of_traces_stays_inside()
    {
        await using var edge = await EdgeHost.StartAsync();
        edge.Behind.Answer = http =>
        {
            http.Response.Headers[SlipwayHeaders.KeepTrace] = "1";
            return http.Response.WriteAsync("{}");
        };
        using var response = await edge.Http.GetAsync("/v1/models", Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains(SlipwayHeaders.KeepTrace));
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
