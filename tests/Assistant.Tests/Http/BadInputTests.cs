using System.Net.Http.Headers;
using System.Text;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Http;

public sealed class BadInputTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Path = "/v1/chat/completions";
    private const string User = """{"role":"user","content":"Hi"}""";

    /// <summary>Body, code and param; each a 400.</summary>
    public static TheoryData<string, string, string?> Bodies => new()
    {
        { "", "invalid_json", null },
        { "null", "invalid_json", null },
        { "[]", "invalid_json", null },
        { "\"text\"", "invalid_json", null },
        { "{", "invalid_json", null },
        { "{\"model\":\"assistant\",\"messages\":[{\"role\":\"us", "invalid_json", null },
        { "{\"model\":\"assistant\",}", "invalid_json", null },
        { "{'model':'assistant'}", "invalid_json", null },
        { new string('[', 100_000), "invalid_json", null },
        { "{\"a\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 101), "invalid_json", null },
        { "{}", "missing_required_parameter", "model" },
        { "{\"model\":null}", "missing_required_parameter", "model" },
        { "{\"model\":7}", "invalid_type", "model" },
        { $"{{\"model\":\"{new string('m', 300)}\",\"messages\":[{User}]}}", "invalid_value", "model" },
        { "{\"model\":\"assistant\"}", "missing_required_parameter", "messages" },
        { "{\"model\":\"assistant\",\"messages\":null}", "missing_required_parameter", "messages" },
        { "{\"model\":\"assistant\",\"messages\":\"Hi\"}", "invalid_type", "messages" },
        { "{\"model\":\"assistant\",\"messages\":{}}", "invalid_type", "messages" },
        { "{\"model\":\"assistant\",\"messages\":[]}", "invalid_value", "messages" },
        { $"{{\"model\":\"assistant\",\"messages\":[{string.Join(',', Enumerable.Repeat(User, 2049))}]}}", "invalid_value", "messages" },
        { Messages("7"), "invalid_type", "messages[0]" },
        { Messages("null"), "invalid_type", "messages[0]" },
        { Messages("{}"), "missing_required_parameter", "messages[0].role" },
        { Messages("{\"role\":7}"), "invalid_type", "messages[0].role" },
        { Messages("{\"role\":\"boss\",\"content\":\"Hi\"}"), "invalid_value", "messages[0].role" },
        { Messages("{\"role\":\"user\"}"), "missing_required_parameter", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":null}"), "missing_required_parameter", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":7}"), "invalid_type", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":{}}"), "invalid_type", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":\"\"}"), "invalid_value", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":\" \\n\\u00a0\"}"), "invalid_value", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":[]}"), "invalid_value", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":[7]}"), "invalid_type", "messages[0].content[0]" },
        { Messages("{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}"), "missing_required_parameter", "messages[0].content[0].type" },
        { Messages("{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}"), "missing_required_parameter", "messages[0].content[0].text" },
        { Messages("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":7}]}"), "invalid_type", "messages[0].content[0].text" },
        { Messages("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:\"}}]}"), "unsupported_parameter", "messages[0].content[0].type" },
        { Messages("{\"role\":\"user\",\"content\":\"\\ud800 alone\"}"), "invalid_value", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":\"alone \\udc00\"}"), "invalid_value", "messages[0].content" },
        { Messages("{\"role\":\"user\",\"content\":\"Hi\",\"name\":7}"), "invalid_type", "messages[0].name" },
        { Messages("{\"role\":\"assistant\",\"content\":\"Hi\"}"), "invalid_value", "messages[0].role" },
        { Messages("{\"role\":\"system\",\"content\":\"Hi\"}"), "invalid_value", "messages[0].role" },
        { Messages("{\"role\":\"assistant\",\"tool_calls\":{}}"), "invalid_type", "messages[0].tool_calls" },
        { Messages($"{{\"role\":\"assistant\",\"tool_calls\":[{{}}]}},{User}"), "unsupported_parameter", "messages" },
        { Messages($"{{\"role\":\"tool\",\"content\":\"x\",\"tool_call_id\":\"c\"}},{User}"), "unsupported_parameter", "messages" },
        { Messages($"{{\"role\":\"tool\",\"content\":\"x\",\"tool_call_id\":7}},{User}"), "invalid_type", "messages[0].tool_call_id" },
        { With("\"\\ud800\":1"), "invalid_value", null },
        { With("\"stream\":\"yes\""), "invalid_type", "stream" },
        { With("\"stream\":1"), "invalid_type", "stream" },
        { With("\"stream_options\":true"), "invalid_type", "stream_options" },
        { With("\"stream_options\":{\"include_usage\":1}"), "invalid_type", "include_usage" },
        { With("\"n\":2"), "unsupported_parameter", "n" },
        { With("\"n\":0"), "invalid_value", "n" },
        { With("\"n\":1.5"), "invalid_type", "n" },
        { With("\"n\":\"1\""), "invalid_type", "n" },
        { With("\"logprobs\":true"), "unsupported_parameter", "logprobs" },
        { With("\"temperature\":\"hot\""), "invalid_type", "temperature" },
        { With("\"temperature\":2.1"), "invalid_value", "temperature" },
        { With("\"temperature\":-0.1"), "invalid_value", "temperature" },
        { With("\"temperature\":1e999"), "invalid_value", "temperature" },
        { With("\"top_p\":7"), "invalid_value", "top_p" },
        { With("\"top_p\":[]"), "invalid_type", "top_p" },
        { With("\"frequency_penalty\":-3"), "invalid_value", "frequency_penalty" },
        { With("\"presence_penalty\":{}"), "invalid_type", "presence_penalty" },
        { With("\"max_tokens\":0"), "invalid_value", "max_tokens" },
        { With("\"max_tokens\":99999999999"), "invalid_value", "max_tokens" },
        { With("\"max_completion_tokens\":\"many\""), "invalid_type", "max_completion_tokens" },
        { With("\"seed\":1.5"), "invalid_type", "seed" },
        { With("\"seed\":99999999999999999999"), "invalid_type", "seed" },
        { With("\"stop\":7"), "invalid_type", "stop" },
        { With("\"stop\":[7]"), "invalid_type", "stop[0]" },
        { With("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), "invalid_value", "stop" },
        { With("\"response_format\":\"json\""), "invalid_type", "response_format" },
        { With("\"response_format\":{}"), "missing_required_parameter", "response_format.type" },
        { With("\"response_format\":{\"type\":\"xml\"}"), "invalid_value", "response_format.type" },
        { With("\"user\":7"), "invalid_type", "user" },
        { With("\"tools\":{}"), "invalid_type", "tools" },
        { With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"now\"}}]"), "unsupported_parameter", "tools" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_wrong_body_is_a_400_that_names_the_field_and_asks_nobody(string body, string code, string? param)
    {
        var reply = await PostAsync(Path, body);

        reply.MustBeError(400, code, param);
        Assert.Equal(RequestId, reply.Header("x-slipway-request-id"));
        Assert.Empty(Peers.Cache.Lookups.All);
        Assert.Empty(Peers.Retrieval.Searches.All);
        var record = await RecordAsync();
        Assert.Equal((400, code, "chat.completions"), (record.Status, record.ErrorCode, record.Route));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', 0xED, 0xA0, 0x80, (byte)'"', (byte)':', (byte)'1', (byte)'}' })]
    public async Task A_body_that_is_not_utf8_is_a_400(byte[] body)
    {
        var reply = (await PostAsync(Path, body, "application/json")).MustBeError(400, "invalid_json");
        Assert.Contains("UTF-8", reply.Error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_that_are_null_or_unknown_or_default_are_no_errors()
    {
        const string more = """
            "stream":null,"temperature":null,"stop":null,"tools":[],"n":1,"user":null,"response_format":{"type":"text"},"max_tokens":null,"logit_bias":{},"store":true,"metadata":{"a":"b"}
            """;
        Assert.Equal(200, (await PostAsync(Path, With(more.Trim()))).Status);
    }

    [Fact]
    public async Task A_model_that_does_not_exist_is_a_404() =>
        (await PostAsync(Path, $"{{\"model\":\"gpt-99\",\"messages\":[{User}]}}")).MustBeError(404, "model_not_found", "model");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_of_10_MB_is_a_413_whether_its_length_is_told_or_not(bool chunked)
    {
        var body = Encoding.UTF8.GetBytes(Chat(new string('x', 10_000_000)));
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = Request(HttpMethod.Post, Path, content);
        if (chunked)
        {
            request.Headers.TransferEncodingChunked = true;
            content.Headers.ContentLength = null;
        }

        using var response = await Host.Http.SendAsync(request, Cancellation);

        (await Reply.ReadAsync(response)).MustBeError(413, "request_too_large");
        Assert.Equal((413, "request_too_large"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
        Assert.Equal(200, (await ChatAsync()).Status);
    }

    [Fact]
    public async Task A_million_tokens_are_refused_by_the_window()
    {
        Peers.Prompts.OnRender = (request, _) => request.Question.Length > 100_000
            ? throw ServiceError.Invalid("messages", "The messages are longer than the context window of 4096 tokens.", "context_length_exceeded").ToException()
            : Task.FromResult(FakePrompts.Rendered(request));
        var question = string.Concat(Enumerable.Repeat("word ", 1_000_000));

        (await ChatAsync(question)).MustBeError(400, "context_length_exceeded", "messages");

        Assert.InRange(Peers.Retrieval.Searches.Requests.Single().Query.Length, 1, 8192);
        Assert.Empty(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task A_long_query_is_not_cut_through_a_character()
    {
        await ChatAsync("x" + string.Concat(Enumerable.Repeat("😀", 5000)));

        var query = Peers.Retrieval.Searches.Requests.Single().Query;
        Assert.Equal(8191, query.Length);
        Assert.False(char.IsHighSurrogate(query[^1]));
    }

    [Theory]
    [InlineData("{}", "missing_required_parameter", "question")]
    [InlineData("{\"question\":7}", "invalid_type", "question")]
    [InlineData("{\"question\":\"  \"}", "invalid_value", "question")]
    [InlineData("{\"question\":\"a\",\"conversation\":\"b\"}", "invalid_type", "conversation")]
    [InlineData("{\"question\":\"a\",\"conversation\":[7]}", "invalid_type", "conversation[0]")]
    [InlineData("{\"question\":\"a\",\"conversation\":[{}]}", "missing_required_parameter", "conversation[0].role")]
    [InlineData("{\"question\":\"a\",\"conversation\":[{\"role\":\"system\",\"content\":\"x\"}]}", "invalid_value", "conversation[0].role")]
    [InlineData("{\"question\":\"a\",\"conversation\":[{\"role\":\"user\"}]}", "missing_required_parameter", "conversation[0].content")]
    [InlineData("{\"question\":\"a\",\"conversation\":[{\"role\":\"user\",\"content\":[]}]}", "invalid_type", "conversation[0].content")]
    [InlineData("not json", "invalid_json", null)]
    public async Task A_wrong_question_is_a_400_that_names_the_field(string body, string code, string? param)
    {
        (await PostAsync("/v1/answers", body)).MustBeError(400, code, param);
        Assert.Equal("answers", (await RecordAsync()).Route);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("PUT", "/v1/documents", 405, "method_not_allowed")]
    [InlineData("GET", "/", 404, "not_found")]
    public async Task A_wrong_address_has_the_shape_of_an_error(string method, string path, int status, string code)
    {
        (await SendAsync(new HttpMethod(method), path)).MustBeError(status, code);
    }

    [Fact]
    public async Task A_fault_of_this_service_is_a_500_that_says_nothing()
    {
        // A prompt that includes a passage which was never sent breaks the contract between the services.
        Peers.Prompts.OnRender = (request, _) => Task.FromResult(FakePrompts.Rendered(request, 99));

        (await ChatAsync()).MustBeError(500, "internal_error");

        Assert.Equal((500, "internal_error"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_throws_is_a_502_that_says_nothing(bool stream)
    {
        Peers.Retrieval.OnSearch = (_, _) => throw new ServiceError(Grpc.Core.StatusCode.OutOfRange, "odd", "Said for callers.").ToException();
        (await PostAsync(Path, Chat(stream: stream))).MustBeError(400, "odd");
        Peers.Retrieval.OnSearch = (_, _) => throw Failing.With(Grpc.Core.StatusCode.InvalidArgument);

        (await PostAsync(Path, Chat(stream: stream))).MustBeError(502, "upstream_error");
    }

    private static string Messages(string messages) => $"{{\"model\":\"assistant\",\"messages\":[{messages}]}}";

    private static string With(string field) => $"{{\"model\":\"assistant\",\"messages\":[{User}],{field}}}";
}
