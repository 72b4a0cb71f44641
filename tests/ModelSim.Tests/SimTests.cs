using Microsoft.Extensions.Configuration;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Slipway.Testing;

namespace Slipway.ModelSim.Tests;

public sealed class SimTests : IAsyncDisposable
{
    private readonly SimHost _sim = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Fact]
    public async Task The_same_request_gets_the_same_answer_and_another_seed_another()
    {
        var first = await AnswerAsync(new { model = "sim", messages = User("Hello"), seed = 1 });
        Assert.Equal(first, await AnswerAsync(new { model = "sim", messages = User("Hello"), seed = 1 }));
        Assert.NotEqual(first, await AnswerAsync(new { model = "sim", messages = User("Hello"), seed = 2 }));
        Assert.NotEqual(first, await AnswerAsync(new { model = "sim", messages = User("Hello!"), seed = 1 }));
        Assert.NotEqual(first, await AnswerAsync(new { model = "sim-n40", messages = User("Hello"), seed = 1 }));
    }

    [Fact]
    public async Task A_prompt_with_passages_gets_an_answer_that_cites_the_first()
    {
        var answer = await AnswerAsync(new { model = "sim", messages = User("<passage n=\"1\" title=\"T\" section=\"\">\nRollback takes a second.\n</passage>\nHow long?") });
        Assert.Equal("Rollback takes a second. [1].", answer);
    }

    [Fact]
    public async Task A_stream_brings_the_same_text_then_usage_then_done()
    {
        var request = new { model = "sim", messages = User("Hello"), stream = true, stream_options = new { include_usage = true } };
        using var response = await _sim.Http.PostAsJsonAsync("/v1/chat/completions", request, Cancelled);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var events = (await response.Content.ReadAsStringAsync(Cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..]).ToList();
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(text => JsonDocument.Parse(text).RootElement).ToList();
        var text = string.Concat(chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
        Assert.Equal(await AnswerAsync(new { model = "sim", messages = User("Hello") }), text);
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 0);
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
    }

    [Fact]
    public async Task A_limit_cuts_the_answer_and_says_length()
    {
        var whole = await PostAsync(new { model = "sim", messages = User("Hello"), max_tokens = 5 });
        Assert.Equal("length", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, whole.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_forced_tool_is_called()
    {
        var tools = new[] { new { type = "function", function = new { name = "search", parameters = new { type = "object" } } } };
        var choice = (await PostAsync(new { model = "sim", messages = User("Hello"), tools, tool_choice = "required" })).GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("search", choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Json_is_answered_with_json() =>
        Assert.NotNull(JsonDocument.Parse(await AnswerAsync(new { model = "sim", messages = User("Hello"), response_format = new { type = "json_object" } })).RootElement.GetProperty("answer").GetString());

    [Theory]
    [InlineData("{", 400, "invalid_json")]
    [InlineData("[]", 400, "invalid_request_error")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"sim","messages":[]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"gpt-9","messages":[{"role":"user","content":"x"}]}""", 404, "model_not_found")]
    public async Task Bad_requests_get_the_shape_of_OpenAIs_errors(string body, int status, string code)
    {
        using var response = await _sim.Http.PostAsync("/v1/chat/completions", new StringContent(body), Cancelled);
        Assert.Equal(status, (int)response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_prompt_beyond_the_window_is_refused_by_its_code()
    {
        using var response = await _sim.Http.PostAsJsonAsync("/v1/chat/completions", new { model = "sim", messages = User(string.Concat(Enumerable.Repeat("word ", 140_000))) }, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("context_length_exceeded", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_of_texts_that_share_words_are_near()
    {
        using var response = await _sim.Http.PostAsJsonAsync("/v1/embeddings", new { model = "sim-embedding", input = new[] { "roll back a release", "roll back the release", "quotas of tenants" } }, Cancelled);
        var vectors = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("data").EnumerateArray()
            .Select(item => item.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToList();
        Assert.All(vectors, vector => Assert.Equal(256, vector.Length));
        Assert.True(Dot(vectors[0], vectors[1]) > Dot(vectors[0], vectors[2]) + 0.3);

        static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();
    }

    [Fact]
    public async Task The_log_shows_what_came_and_that_a_client_left()
    {
        var time = new FakeTimeProvider();
        await using var sim = new SimHost(time);
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "sim-slow", messages = User("Hello"), stream = true }) };
        var call = sim.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "running", Stream: true, Model: "sim-slow" }], Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "cancelled" }], Cancelled);
        var listed = await sim.Http.GetFromJsonAsync<JsonElement>("/sim/requests?since=0", Cancelled);
        Assert.Equal("cancelled", listed[0].GetProperty("outcome").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await sim.Http.DeleteAsync("/sim/requests", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Tokens_come_at_the_pace_that_the_models_name_asks_for()
    {
        var time = new FakeTimeProvider();
        await using var sim = new SimHost(time);
        var call = sim.Http.PostAsJsonAsync("/v1/chat/completions", new { model = "sim-f100-t10-n3", messages = User("Hello") }, Cancelled);
        await sim.Log.WaitForAsync(entries => entries is [{ Outcome: "running" }], Cancelled);
        // The wait starts a moment after the log entry: steps of the clock reach it whenever that is.
        var elapsed = TimeSpan.Zero;
        while (!call.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(60));
            elapsed += TimeSpan.FromMilliseconds(60);
            await Task.Yield();
        }

        Assert.True((await call).IsSuccessStatusCode);
        Assert.True(elapsed >= TimeSpan.FromMilliseconds(120));
    }

    [Fact]
    public async Task A_configured_key_is_wanted_but_not_for_health()
    {
        await using var sim = new SimHost(null, ("Sim:ApiKey", "secret"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await sim.Http.GetAsync("/v1/models", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await sim.Http.GetAsync("/health", Cancelled)).StatusCode);
        sim.Http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        Assert.Equal(HttpStatusCode.OK, (await sim.Http.GetAsync("/v1/models", Cancelled)).StatusCode);
    }

    [Fact]
    public void Settings_out_of_range_are_all_named() =>
        Assert.Contains("Sim:Tokens", Assert.Throws<InvalidOperationException>(() => SimOptions.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Sim:TokenMs"] = "-1", ["Sim:Tokens"] = "many" }).Build())).Message, StringComparison.Ordinal);

    private static object[] User(string text) => [new { role = "user", content = text }];

    private async Task<string> AnswerAsync(object request) => (await PostAsync(request)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    private async Task<JsonElement> PostAsync(object request)
    {
        using var response = await _sim.Http.PostAsJsonAsync("/v1/chat/completions", request, Cancelled);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancelled));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }
}
