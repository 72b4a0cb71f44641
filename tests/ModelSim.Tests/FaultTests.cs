using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Slipway.Testing;

namespace Slipway.ModelSim.Tests;

/// <summary>What goes wrong when a model's name, or the header x-sim-fault, says so.</summary>
public sealed class FaultTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly SimHost _sim;

    public FaultTests() => _sim = new SimHost(_time);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Theory]
    [InlineData("rate-limit", 429, "rate_limit_exceeded")]
    [InlineData("rate-limit-seconds=7", 429, "rate_limit_exceeded")]
    [InlineData("quota", 429, "insufficient_quota")]
    [InlineData("refusal", 400, "content_policy_violation")]
    [InlineData("context-length", 400, "context_length_exceeded")]
    [InlineData("status=401", 401, "invalid_api_key")]
    [InlineData("status=403", 403, "unsupported_country_region_territory")]
    [InlineData("status=500", 500, "server_error")]
    [InlineData("status=502", 502, "server_error")]
    [InlineData("status=503", 503, "overloaded")]
    [InlineData("status=529", 529, "overloaded")]
    public async Task A_refusal_has_its_status_and_code_for_chats_streams_embeddings_and_reranking(string fault, int status, string code)
    {
        foreach (var (path, request) in Requests(fault))
        {
            using var response = await _sim.Http.PostAsJsonAsync(path, request, Cancelled);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(code, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("error").GetProperty("code").GetString());
        }

        Assert.All(await _sim.Log.EndedAsync(Cancelled), entry => Assert.Equal(("refused", status, fault.Split('=')[0]), (entry.Outcome, entry.Status, entry.Fault)));
    }

    [Fact]
    public async Task A_rate_limit_says_when_to_come_back_in_each_of_the_ways_that_providers_have()
    {
        using var none = await PostAsync("sim:rate-limit");
        Assert.False(none.Headers.Contains("Retry-After") || none.Headers.Contains("retry-after-ms"));
        using var seconds = await PostAsync("sim:rate-limit-seconds=7");
        Assert.Equal("7", seconds.Headers.GetValues("Retry-After").Single());
        using var date = await PostAsync("sim:rate-limit-date=30");
        Assert.Equal(_time.GetUtcNow().AddSeconds(30), DateTimeOffset.Parse(date.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture));
        using var milliseconds = await PostAsync("sim:rate-limit-ms=250");
        Assert.Equal("250", milliseconds.Headers.GetValues("retry-after-ms").Single());
    }

    [Fact]
    public async Task A_fault_that_is_for_the_first_attempts_heals_for_each_key_by_itself()
    {
        Assert.Equal([503, 503, 200, 200], await StatusesAsync("sim:status=503*2", 4));
        _sim.Http.DefaultRequestHeaders.Authorization = new("Bearer", "another");
        Assert.Equal([503, 503, 200], await StatusesAsync("sim:status=503*2", 3));
        Assert.Equal(2, _sim.Log.Since(0).Select(entry => entry.Key).Distinct().Count());
        Assert.Equal([1, 2, 3, 4, 1, 2, 3], _sim.Log.Since(0).Select(entry => entry.Attempt));
        Assert.DoesNotContain("another", await _sim.Http.GetStringAsync("/sim/requests", Cancelled), StringComparison.Ordinal);
        await _sim.Http.DeleteAsync("/sim/requests", Cancelled);
        Assert.Equal([503], await StatusesAsync("sim:status=503*2", 1));
    }

    [Fact]
    public async Task A_share_is_met_by_the_same_attempts_for_the_same_seed()
    {
        var first = await StatusesAsync("sim:status=500%30", 200);
        Assert.InRange(first.Count(status => status == 500), 40, 80);
        await _sim.Http.DeleteAsync("/sim/requests", Cancelled);
        Assert.Equal(first, await StatusesAsync("sim:status=500%30", 200));
        await using var other = new SimHost(_time, ("Sim:Seed", "1"));
        Assert.NotEqual(first, await StatusesAsync("sim:status=500%30", 200, other));
    }

    [Fact]
    public async Task The_header_adds_faults_to_those_of_the_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "sim:drift", messages = User("Hello") }) };
        request.Headers.Add("x-sim-fault", "no-usage");
        using var response = await _sim.Http.SendAsync(request, Cancelled);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.False(answer.TryGetProperty("usage", out _));
        Assert.Equal("fp_slipway_sim_2", answer.GetProperty("system_fingerprint").GetString());
        Assert.Equal("drift+no-usage", _sim.Log.Since(0).Single().Fault);
    }

    [Theory]
    [InlineData("sim:sleep")]
    [InlineData("sim:cut=many")]
    [InlineData("sim:reset=1")]
    [InlineData("sim:status=200")]
    [InlineData("sim:reset*0")]
    [InlineData("sim:reset%101")]
    public async Task A_fault_that_is_not_known_is_refused(string model)
    {
        using var response = await PostAsync(model);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("unknown_fault", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_gives_no_header_and_is_logged_as_broken()
    {
        foreach (var (path, request) in Requests("reset")) await Assert.ThrowsAsync<HttpRequestException>(() => _sim.Http.PostAsJsonAsync(path, request, Cancelled));
        Assert.All(await _sim.Log.EndedAsync(Cancelled), entry => Assert.Equal("broken", entry.Outcome));
    }

    [Fact]
    public async Task Silence_lasts_until_the_client_leaves()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var calls = Requests("silence").Select(item => _sim.Http.PostAsJsonAsync(item.Path, item.Request, leaving.Token)).ToList();
        await _sim.Log.WaitForAsync(entries => entries.Count == calls.Count && entries.All(entry => entry.Fault == "silence"), Cancelled);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        await leaving.CancelAsync();
        foreach (var call in calls) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await _sim.Log.WaitForAsync(entries => entries.All(entry => entry.Outcome == "cancelled"), Cancelled);
    }

    [Fact]
    public async Task A_simulator_that_stops_does_not_wait_for_its_silent_calls()
    {
        var sim = new SimHost();
        var call = sim.Http.PostAsJsonAsync("/v1/chat/completions", new { model = "sim:silence", messages = User("Hello") }, Cancelled);
        await sim.Log.WaitForAsync(entries => entries is [{ Fault: "silence" }], Cancelled);
        await sim.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => call);
    }

    [Fact]
    public async Task A_slow_first_token_comes_when_its_time_has_come()
    {
        var call = PostAsync("sim:slow-first=900");
        await _sim.Log.WaitForAsync(entries => entries is [{ Fault: "slow-first" }], Cancelled);
        var waited = 0;
        while (!call.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            waited += 100;
            await Task.Yield();
        }

        Assert.True((await call).IsSuccessStatusCode);
        Assert.True(waited >= 900);
    }

    [Fact]
    public async Task A_page_for_people_and_an_empty_body_are_no_answers()
    {
        using var page = await PostAsync("sim:html=200");
        Assert.Equal(("text/html", HttpStatusCode.OK), (page.Content.Headers.ContentType!.MediaType, page.StatusCode));
        using var gateway = await PostAsync("sim:html");
        Assert.Equal(HttpStatusCode.BadGateway, gateway.StatusCode);
        using var empty = await PostAsync("sim:empty");
        Assert.Equal((HttpStatusCode.OK, ""), (empty.StatusCode, await empty.Content.ReadAsStringAsync(Cancelled)));
    }

    [Fact]
    public async Task Whole_answers_can_be_cut_stall_be_malformed_or_lack_their_end()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync("sim:cut"));
        using var malformed = await PostAsync("sim:malformed");
        await Assert.ThrowsAnyAsync<JsonException>(() => malformed.Content.ReadFromJsonAsync<JsonElement>(Cancelled));
        using var unfinished = await PostAsync("sim:no-finish");
        Assert.Equal(JsonValueKind.Null, (await unfinished.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("choices")[0].GetProperty("finish_reason").ValueKind);
        using var error = await PostAsync("sim:error-event");
        Assert.Equal("server_error", (await error.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_content_filter_can_end_an_answer_in_its_middle()
    {
        using var response = await PostAsync("sim-n10:content-filter");
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        Assert.Equal("content_filter", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Drift_comes_after_its_number_of_attempts()
    {
        var seen = new List<(string?, string?)>();
        for (var i = 0; i < 3; i++)
        {
            using var response = await PostAsync("sim:drift=2");
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
            seen.Add((answer.GetProperty("model").GetString(), answer.GetProperty("system_fingerprint").GetString()));
        }

        Assert.Equal([("sim:drift=2", "fp_slipway_sim_1"), ("sim:drift=2", "fp_slipway_sim_1"), ("sim-v2", "fp_slipway_sim_2")], seen);
    }

    [Fact]
    public async Task Json_is_of_the_schema_unless_it_shall_be_wrong()
    {
        var format = new
        {
            type = "json_schema",
            json_schema = new
            {
                name = "verdict",
                schema = new
                {
                    type = "object",
                    properties = new { verdict = new { type = "string", @enum = new[] { "yes", "no" } }, score = new { type = "integer", minimum = 1 }, why = new { type = "array", items = new { type = "string" } } },
                    required = new[] { "verdict", "score", "why" },
                },
            },
        };
        var right = await TextAsync("sim");
        Assert.Equal(("yes", 1), (right.GetProperty("verdict").GetString(), right.GetProperty("score").GetInt32()));
        Assert.Equal(JsonValueKind.String, right.GetProperty("why")[0].ValueKind);
        Assert.True((await TextAsync("sim:wrong-json")).TryGetProperty("unexpected", out _));
        await Assert.ThrowsAnyAsync<JsonException>(() => TextAsync("sim:broken-json"));

        async Task<JsonElement> TextAsync(string model)
        {
            using var response = await _sim.Http.PostAsJsonAsync("/v1/chat/completions", new { model, messages = User("Hello"), response_format = format }, Cancelled);
            return JsonDocument.Parse((await response.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!).RootElement;
        }
    }

    private static IEnumerable<(string Path, object Request)> Requests(string fault) =>
    [
        ("/v1/chat/completions", new { model = "sim:" + fault, messages = User("Hello") }),
        ("/v1/chat/completions", new { model = "sim:" + fault, messages = User("Hello"), stream = true }),
        ("/v1/embeddings", new { model = "sim-embedding:" + fault, input = "Hello" }),
        ("/v1/rerank", new { model = "sim-rerank:" + fault, query = "Hello", documents = new[] { "Hello" } }),
    ];

    private static object[] User(string text) => [new { role = "user", content = text }];

    private Task<HttpResponseMessage> PostAsync(string model, SimHost? sim = null) => (sim ?? _sim).Http.PostAsJsonAsync("/v1/chat/completions", new { model, messages = User("Hello") }, Cancelled);

    private async Task<List<int>> StatusesAsync(string model, int times, SimHost? sim = null)
    {
        var statuses = new List<int>();
        for (var i = 0; i < times; i++)
        {
            using var response = await PostAsync(model, sim);
            statuses.Add((int)response.StatusCode);
        }

        return statuses;
    }
}
