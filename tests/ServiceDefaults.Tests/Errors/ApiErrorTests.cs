using System.Net;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Tests.Support;

namespace Slipway.ServiceDefaults.Tests.Errors;

public sealed class ApiErrorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_service_wrote_for_callers_is_passed_on_with_the_wait()
    {
        var error = new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", "60 requests a minute are used up.", "model", TimeSpan.FromMilliseconds(1200));

        var (response, body) = await FailAsync(() => throw error.ToException());

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
        Assert.Equal("""{"error":{"message":"60 requests a minute are used up.","type":"rate_limit_error","param":"model","code":"rate_limit_exceeded"}}""", body);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, 503, "service_unavailable")]
    [InlineData(StatusCode.DeadlineExceeded, 504, "timeout")]
    [InlineData(StatusCode.Internal, 502, "upstream_error")]
    [InlineData(StatusCode.Unauthenticated, 502, "upstream_error")]
    public async Task A_call_that_failed_by_itself_says_nothing_of_the_inside(StatusCode status, int expected, string code)
    {
        var (response, body) = await FailAsync(() => throw new RpcException(new Status(status, "connect to 10.0.0.7:5432 failed")));

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(code, CodeOf(body));
        Assert.DoesNotContain("10.0.0.7", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_is_a_500_that_says_nothing()
    {
        var (response, body) = await FailAsync(() => throw new InvalidOperationException("password=hunter2"));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("internal_error", CodeOf(body));
        Assert.DoesNotContain("hunter2", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_at_fault_is_named()
    {
        var (response, body) = await FailAsync(() => throw new ApiException(ApiError.Invalid("messages", "messages is missing.")));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("""{"error":{"message":"messages is missing.","type":"invalid_request_error","param":"messages","code":"invalid_value"}}""", body);
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not_found")]
    [InlineData("DELETE", "/fail", 405, "method_not_allowed")]
    public async Task What_is_not_there_has_the_error_shape_too(string method, string path, int expected, string code)
    {
        await using var service = await StartAsync(() => { });

        using var response = await service.Http().SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Token);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(code, CodeOf(await response.Content.ReadAsStringAsync(Token)));
    }

    private static async Task<(HttpResponseMessage Response, string Body)> FailAsync(Action fail)
    {
        await using var service = await StartAsync(fail);
        var response = await service.Http().GetAsync("/fail", Token);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return (response, await response.Content.ReadAsStringAsync(Token));
    }

    private static Task<TestService> StartAsync(Action fail) => TestService.StartAsync(map: app =>
    {
        app.UseErrorShape();
        app.MapGet("/fail", () => fail());
    });

    private static string? CodeOf(string body) => JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString();
}
