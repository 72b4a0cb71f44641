using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Slipway.Edge.Tests;

public sealed class ProxyTests : IAsyncLifetime
{
    private EdgeHost _edge = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _edge = await EdgeHost.StartAsync();

    public ValueTask DisposeAsync() => _edge.DisposeAsync();

    [Fact]
    public async Task A_stream_passes_through_chunk_by_chunk()
    {
        var next = new SemaphoreSlim(0);
        _edge.Behind.Answer = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            foreach (var word in new[] { "one", "two", "three" })
            {
                await http.Response.WriteAsync($"data: {word}\n\n");
                await http.Response.Body.FlushAsync();
                await next.WaitAsync(http.RequestAborted);
            }
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { }) };
        using var response = await _edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        var reader = new StreamReader(stream);
        foreach (var word in new[] { "one", "two", "three" })
        {
            // Each comes before the next one is let go: nothing waits in the edge for more.
            Assert.Equal("data: " + word, await reader.ReadLineAsync(Token));
            Assert.Equal("", await reader.ReadLineAsync(Token));
            next.Release();
        }

        Assert.Null(await reader.ReadLineAsync(Token));
    }

    [Fact]
    public async Task A_client_that_leaves_takes_the_request_behind_along()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _edge.Behind.Answer = async http =>
        {
            http.RequestAborted.Register(() => gone.TrySetResult());
            await http.Response.WriteAsync("data: first\n\n");
            await http.Response.Body.FlushAsync();
            arrived.SetResult();
            await gone.Task;
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { }) };
        var response = await _edge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await arrived.Task.WaitAsync(Token);
        response.Dispose();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task A_service_that_is_away_gives_503_and_when_to_come_back()
    {
        await using var edge = await EdgeHost.StartAsync(settings: new() { ["services:assistant:http:0"] = "http://127.0.0.1:9" });
        using var response = await edge.Http.AskAsync();
        await response.ErrorAsync(503, "service_unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task A_service_that_breaks_off_before_its_answer_gives_a_clean_error()
    {
        _edge.Behind.Answer = http =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        using var response = await _edge.Http.AskAsync();
        Assert.InRange((int)response.StatusCode, 502, 503);
        await response.ErrorAsync((int)response.StatusCode, (int)response.StatusCode == 502 ? "upstream_error" : "service_unavailable");
    }

    [Fact]
    public async Task Errors_of_the_owner_pass_as_they_are()
    {
        _edge.Behind.Answer = http =>
        {
            http.Response.StatusCode = 404;
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync("""{"error":{"message":"m","type":"invalid_request_error","param":"model","code":"model_not_found"}}""");
        };
        using var response = await _edge.Http.AskAsync();
        var error = await response.ErrorAsync(404, "model_not_found");
        Assert.Equal("model", error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("/v1/anything", "/v1/anything")]
    [InlineData("/admin/kpis", "/admin/kpis")]
    [InlineData("/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags")]
    public async Task A_path_reaches_its_owner_unchanged(string path, string expected)
    {
        using var response = await _edge.SendAsync(_edge.Request(HttpMethod.Get, path, EdgeHost.AdminKey));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(expected, Assert.Single(_edge.Behind.Requests).Path);
    }

    [Fact]
    public async Task A_body_arrives_byte_for_byte()
    {
        byte[]? arrived = null;
        _edge.Behind.Answer = async http =>
        {
            var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            arrived = body.ToArray();
        };
        var sent = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("zażółć gęślą jaźń 🦀 ", 10_000)));
        using var response = await _edge.Http.PostAsync("/v1/documents", new ByteArrayContent(sent), Token);
        Assert.Equal(sent, arrived);
    }
}
