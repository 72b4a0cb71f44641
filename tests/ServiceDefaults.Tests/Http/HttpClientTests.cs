using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Http;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Http;

public sealed class HttpClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_safe_request_is_tried_again_and_carries_the_key_to_the_discovered_service()
    {
        var calls = 0;
        await using var peer = await TestService.StartAsync(map: app => app.MapGet("/state", () =>
            Interlocked.Increment(ref calls) < 2 ? Microsoft.AspNetCore.Http.Results.StatusCode(503) : Microsoft.AspNetCore.Http.Results.Text("well")));
        await using var service = await CallerOfAsync(peer);

        Assert.Equal("well", await ClientOf(service).GetStringAsync("/state", Token));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_request_that_may_not_be_repeated_is_made_once()
    {
        var calls = 0;
        await using var peer = await TestService.StartAsync(map: app => app.MapPost("/change", () =>
        {
            Interlocked.Increment(ref calls);
            return Microsoft.AspNetCore.Http.Results.StatusCode(503);
        }));
        await using var service = await CallerOfAsync(peer);

        using var response = await ClientOf(service).PostAsync("/change", null, Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, calls);
    }

    private static Task<TestService> CallerOfAsync(TestService peer) => TestService.StartAsync(
        builder => builder.AddHttpClientFor("peer"), settings: [("services:peer:http:0", peer.HttpAddress.ToString())]);

    private static HttpClient ClientOf(TestService service) => service.Services.GetRequiredService<IHttpClientFactory>().CreateClient("peer");
}
