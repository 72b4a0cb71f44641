using System.Net;
using Microsoft.AspNetCore.Http;
using Slipway.Contracts;

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
