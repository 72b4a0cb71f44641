using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Testing;

namespace Slipway.ModelSim.Tests;

/// <summary>The wire formats of Azure OpenAI, Ollama and Anthropic.</summary>
public sealed class FormatTests : IAsyncDisposable
{
    private readonly SimHost _sim = new(null, ("Sim:ApiKey", "secret"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Fact]
    public async Task Each_api_wants_the_key_in_its_own_header()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("/openai/deployments/sim/chat/completions?api-version=1", Chat, ("x-api-key", "secret"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/openai/deployments/sim/chat/completions?api-version=1", Chat, ("api-key", "secret"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/openai/v1/chat/completions", new { model = "sim", messages = User("Hello") }, ("api-key", "secret"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("/v1/messages", Message("sim"), ("api-key", "secret"), Version)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/v1/messages", Message("sim"), ("x-api-key", "secret"), Version)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("/api/chat", new { model = "sim", messages = User("Hello") }, ("Authorization", "Bearer secret"))).StatusCode);
    }

    [Fact]
    public async Task Azure_names_the_model_in_the_path_and_its_errors_by_its_own_codes()
    {
        var filtered = await JsonAsync("/openai/deployments/sim:refusal/chat/completions?api-version=1", Chat, HttpStatusCode.BadRequest, ("api-key", "secret"));
        Assert.Equal("content_filter", filtered.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("ResponsibleAIPolicyViolation", filtered.GetProperty("error").GetProperty("innererror").GetProperty("code").GetString());
        var unknown = await JsonAsync("/openai/deployments/gpt-9/chat/completions?api-version=1", Chat, HttpStatusCode.NotFound, ("api-key", "secret"));
        Assert.Equal("DeploymentNotFound", unknown.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("/openai/deployments/sim/chat/completions", Chat, ("api-key", "secret"))).StatusCode);
        var vectors = await JsonAsync("/openai/deployments/sim-embedding/embeddings?api-version=1", new { input = new[] { "a", "b" } }, HttpStatusCode.OK, ("api-key", "secret"));
        Assert.Equal(2, vectors.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Ollama_streams_lines_unless_told_otherwise()
    {
        using var response = await SendAsync("/api/chat", new { model = "sim-n3", messages = User("Hello"), options = new { seed = 7, num_predict = 2 } }, Bearer);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsStringAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([false, false, true], lines.Select(line => line.GetProperty("done").GetBoolean()));
        Assert.Equal(("length", 2), (lines[^1].GetProperty("done_reason").GetString(), lines[^1].GetProperty("eval_count").GetInt32()));
        var whole = await JsonAsync("/api/chat", new { model = "sim-n3", messages = User("Hello"), stream = false, options = new { seed = 7, num_predict = 2 } }, HttpStatusCode.OK, Bearer);
        Assert.Equal(string.Concat(lines.Select(line => line.GetProperty("message").GetProperty("content").GetString())), whole.GetProperty("message").GetProperty("content").GetString());
        var error = await JsonAsync("/api/chat", new { model = "llama", messages = User("Hello") }, HttpStatusCode.NotFound, Bearer);
        Assert.Equal(JsonValueKind.String, error.GetProperty("error").ValueKind);
        var vectors = await JsonAsync("/api/embed", new { model = "sim-embedding", input = new[] { "a", "b" }, dimensions = 8 }, HttpStatusCode.OK, Bearer);
        Assert.Equal([8, 8], vectors.GetProperty("embeddings").EnumerateArray().Select(vector => vector.GetArrayLength()));
    }

    [Fact]
    public async Task Ollama_calls_the_tool_that_the_question_names()
    {
        var tools = new[] { new { type = "function", function = new { name = "weather", parameters = new { type = "object", properties = new { city = new { type = "string" } } } } } };
        var called = await JsonAsync("/api/chat", new { model = "sim", messages = User("Ask weather"), stream = false, tools }, HttpStatusCode.OK, Bearer);
        var function = called.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal("weather", function.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.String, function.GetProperty("arguments").GetProperty("city").ValueKind);
        var silent = await JsonAsync("/api/chat", new { model = "sim", messages = User("Ask"), stream = false, tools }, HttpStatusCode.OK, Bearer);
        Assert.False(silent.GetProperty("message").TryGetProperty("tool_calls", out _));
    }

    [Fact]
    public async Task Anthropic_streams_named_events()
    {
        using var response = await SendAsync("/v1/messages", new { model = "sim-n3", max_tokens = 100, stream = true, system = "Be short.", messages = User("Hello") }, ("x-api-key", "secret"), Version);
        var events = (await response.Content.ReadAsStringAsync(Cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split("\ndata: ")).ToList();
        Assert.Equal(
            ["message_start", "content_block_start", "ping", "content_block_delta", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            events.Select(item => item[0]["event: ".Length..]));
        Assert.All(events, item => Assert.Equal(item[0]["event: ".Length..], JsonDocument.Parse(item[1]).RootElement.GetProperty("type").GetString()));
        var end = JsonDocument.Parse(events[^2][1]).RootElement;
        Assert.Equal(("end_turn", 3), (end.GetProperty("delta").GetProperty("stop_reason").GetString(), end.GetProperty("usage").GetProperty("output_tokens").GetInt32()));
    }

    [Fact]
    public async Task Anthropic_refuses_what_it_does_not_take()
    {
        foreach (var request in new object[] { new { model = "sim", messages = User("Hello") }, new { model = "sim", max_tokens = 5, messages = new[] { new { role = "system", content = "x" } } } })
        {
            var error = await JsonAsync("/v1/messages", request, HttpStatusCode.BadRequest, ("x-api-key", "secret"), Version);
            Assert.Equal(("error", "invalid_request_error"), (error.GetProperty("type").GetString(), error.GetProperty("error").GetProperty("type").GetString()));
        }

        var limited = await JsonAsync("/v1/messages", Message("sim:rate-limit"), HttpStatusCode.TooManyRequests, ("x-api-key", "secret"), Version);
        Assert.Equal("rate_limit_error", limited.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("/v1/messages", Message("sim"), ("x-api-key", "secret"))).StatusCode);
    }

    [Theory]
    [InlineData("/openai/deployments/sim-n20:cut=4/chat/completions?api-version=1")]
    [InlineData("/api/chat")]
    [InlineData("/v1/messages")]
    public async Task Streams_of_each_api_can_be_cut(string path)
    {
        using var request = Request(path, new { model = "sim-n20:cut=4", max_tokens = 100, stream = true, messages = User("Hello") }, ("x-api-key", "secret"), ("api-key", "secret"), Bearer, Version);
        using var response = await _sim.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(Cancelled));
        await _sim.Log.WaitForAsync(entries => entries is [{ Outcome: "broken", Fault: "cut" }], Cancelled);
    }

    private static (string, string) Bearer => ("Authorization", "Bearer secret");

    private static (string, string) Version => ("anthropic-version", "2023-06-01");

    private static object Chat => new { messages = User("Hello") };

    private static object Message(string model) => new { model, max_tokens = 100, messages = User("Hello") };

    private static object[] User(string text) => [new { role = "user", content = text }];

    private static HttpRequestMessage Request(string path, object body, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(string path, object body, params (string Name, string Value)[] headers)
    {
        using var request = Request(path, body, headers);
        return await _sim.Http.SendAsync(request, Cancelled);
    }

    private async Task<JsonElement> JsonAsync(string path, object body, HttpStatusCode status, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(path, body, headers);
        Assert.Equal(status, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }
}
