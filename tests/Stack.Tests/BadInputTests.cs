using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Slipway.Stack.Tests;

/// <summary>What a stranger may send to the edge of the whole stack; the services' own tests go deeper.</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class BadInputTests(StackFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, int, string> BadBodies => new()
    {
        { "/v1/chat/completions", """{"model":"assistant"}""", 400, "missing_required_parameter" },
        { "/v1/chat/completions", """{"model":"assistant","messages":"hello"}""", 400, "invalid_type" },
        { "/v1/chat/completions", """{"model":"assistant","messages":[]}""", 400, "invalid_value" },
        { "/v1/chat/completions", """{"model":7,"messages":[{"role":"user","content":"hi"}]}""", 400, "invalid_type" },
        { "/v1/chat/completions", """{"model":"nothing-of-the-kind","messages":[{"role":"user","content":"hi"}]}""", 404, "model_not_found" },
        { "/v1/chat/completions", """{"model":"assistant","messages":[{"role":"user","content":"hi"}""", 400, "invalid_json" },
        { "/v1/chat/completions", "", 400, "invalid_json" },
        { "/v1/answers", """{"question":42}""", 400, "invalid_type" },
        { "/v1/answers", """{}""", 400, "missing_required_parameter" },
        { "/v1/feedback", """{"request_id":"unknown-request","rating":"good"}""", 404, "request_not_found" },
        { "/v1/embeddings", """{"model":"assistant","input":[1]}""", 400, "invalid_type" },
        { "/v1/classify", """{"input":"hi"}""", 400, "missing_required_parameter" },
        { "/v1/classify", """{"input":"hi","labels":["a","b"],"model":"nothing-of-the-kind"}""", 404, "model_not_found" },
        // The stack as it is has only the model that quotes.
        { "/v1/classify", """{"input":"hi","labels":["a","b"]}""", 400, "invalid_value" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_bad_body_gets_a_clear_error(string path, string body, int status, string code)
    {
        using var client = (await fixture.GetAsync()).Client();
        using var response = await client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(status, reply.Status);
        Assert.True(reply.IsErrorShape(code), reply.Text);
        AssertNothingInternal(reply);
    }

    [Fact]
    public async Task A_wrong_or_missing_key_is_refused()
    {
        var stack = await fixture.GetAsync();
        foreach (var key in new[] { null, "sk-wrong", "" })
        {
            using var client = stack.Client(key: null);
            if (key is not null) client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + key);
            var reply = await client.AnswerAsync("hello", Token);
            Assert.Equal(401, reply.Status);
            Assert.True(reply.IsErrorShape("invalid_api_key"), reply.Text);
            AssertNothingInternal(reply);
        }
    }

    [Fact]
    public async Task Invalid_utf8_is_refused()
    {
        using var client = (await fixture.GetAsync()).Client();
        var content = new ByteArrayContent([.. "{\"question\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await client.PostAsync("/v1/answers", content, Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(400, reply.Status);
        Assert.Contains("UTF-8", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_10_MB_is_too_large()
    {
        using var client = (await fixture.GetAsync()).Client();
        client.DefaultRequestHeaders.ExpectContinue = true;
        using var response = await client.PostAsJsonAsync("/v1/answers", new { question = new string('x', 10_000_000) }, Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(413, reply.Status);
        Assert.True(reply.IsErrorShape("request_too_large"), reply.Text);
    }

    [Fact]
    public async Task A_prompt_of_a_million_tokens_is_longer_than_any_window()
    {
        using var client = (await fixture.GetAsync()).Client();
        var text = string.Concat(Enumerable.Repeat("release ", 1_000_000));
        var body = new { model = "assistant", messages = new[] { new { role = "user", content = text[..7_500_000] } } };
        // On a busy machine retrieval may be late before the prompt is measured: that is a clean 503.
        var reply = await Ask.UntilAsync(
            async () =>
            {
                using var response = await client.PostAsJsonAsync("/v1/chat/completions", body, Token);
                return await Reply.ReadAsync(response, Token);
            },
            candidate => candidate.Status != 503, "A refusal for the length", TimeSpan.FromSeconds(60), Token);
        Assert.Equal(400, reply.Status);
        Assert.True(reply.IsErrorShape("context_length_exceeded"), reply.Text);
        Assert.Equal("messages", reply.Json.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task An_unknown_document_is_not_found()
    {
        using var client = (await fixture.GetAsync()).Client();
        using var response = await client.DeleteAsync("/v1/documents/there-is-no-such-document", Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(404, reply.Status);
        Assert.True(reply.IsErrorShape("document_not_found"), reply.Text);
    }

    [Fact]
    public async Task Broken_lines_are_reported_by_number_and_the_good_ones_kept()
    {
        using var client = (await fixture.GetAsync()).Client();
        const string Body = """
            {"id":"good-1","text":"The first good line about turquoise lanterns."}
            {"id":"broken"
            {"id":"no-text"}

            {"id":"","text":"An empty id."}
            {"id":"good-2","text":"The second good line about turquoise lanterns."}
            """;
        using var response = await client.PostAsync("/v1/documents", new StringContent(Body, null, "application/x-ndjson"), Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(200, reply.Status);
        Assert.Equal(2, reply.Json.GetProperty("stored").GetInt32() + reply.Json.GetProperty("unchanged").GetInt32());
        Assert.Equal([2, 3, 5], reply.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("line").GetInt32()));
        foreach (var id in new[] { "good-1", "good-2" })
        {
            using var deleted = await client.DeleteAsync("/v1/documents/" + id, Token);
            Assert.Equal(204, (int)deleted.StatusCode);
        }
    }

    [Fact]
    public async Task Forged_internal_headers_are_worth_nothing()
    {
        var stack = await fixture.GetAsync();
        using var client = stack.Client(key: null);
        client.DefaultRequestHeaders.Add("x-slipway-tenant", "dev");
        client.DefaultRequestHeaders.Add("x-slipway-scopes", "admin");
        client.DefaultRequestHeaders.Add("x-slipway-internal-key", "0123456789abcdef0123456789abcdef");
        using var response = await client.GetAsync("/admin/tenants", Token);
        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task Everything_but_edge_and_console_wants_the_internal_key_and_listens_on_loopback()
    {
        var stack = await fixture.GetAsync();
        var checkedServices = 0;
        foreach (var (_, environment) in stack.Children())
        {
            var name = environment.FirstOrDefault(item => item.StartsWith("OTEL_SERVICE_NAME=", StringComparison.Ordinal))?["OTEL_SERVICE_NAME=".Length..];
            var urls = environment.FirstOrDefault(item => item.StartsWith("ASPNETCORE_URLS=", StringComparison.Ordinal))?["ASPNETCORE_URLS=".Length..];
            if (name is null or "edge" || urls is null) continue;
            foreach (var url in urls.Split(';'))
            {
                var address = new Uri(url);
                Assert.Contains(address.Host, new[] { "localhost", "127.0.0.1" });
                using var client = new HttpClient { BaseAddress = address };
                using var response = await AnswerOf(client);
                Assert.Equal(401, (int)response.StatusCode);
                checkedServices++;
            }
        }

        Assert.True(checkedServices >= 8, $"Only {checkedServices} services were found.");

        // One that another test has just killed is there, and does not listen yet.
        static async Task<HttpResponseMessage> AnswerOf(HttpClient client)
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    return await client.GetAsync("/v1/models", Token);
                }
                catch (HttpRequestException) when (attempt < 300)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), Token);
                }
            }
        }
    }

    [Fact]
    public async Task The_console_is_not_there_yet_and_says_so()
    {
        var stack = await fixture.GetAsync();
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{stack.ConsolePort}") };
        using var response = await client.GetAsync("/", Token);
        var reply = await Reply.ReadAsync(response, Token);
        Assert.Equal(404, reply.Status);
        Assert.True(reply.IsErrorShape(), reply.Text);
    }

    private static void AssertNothingInternal(Reply reply)
    {
        Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("localhost", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", reply.Text, StringComparison.Ordinal);
        Assert.False(reply.Headers.ContainsKey("server"));
    }
}
