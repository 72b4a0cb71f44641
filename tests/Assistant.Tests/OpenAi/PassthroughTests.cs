using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.OpenAi;

public sealed class PassthroughTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Body = """{"model":"second","messages":[{"role":"user","content":"Hi"}]}""";

    [Fact]
    public async Task A_model_of_the_catalog_is_called_without_the_request_path()
    {
        var reply = await PostAsync("/v1/chat/completions", Body);

        Assert.Equal((200, FakeBroker.Text, "second"), (reply.Status, reply.Text, reply.Json["model"]!.GetValue<string>()));
        Assert.Equal(54, reply.Json["usage"]!["total_tokens"]!.GetValue<int>());
        Assert.Equal("0.0125", reply.Header("x-slipway-cost-usd"));
        Assert.Equal(["flags", "model", "record"], ChatCompletionTests.Timed(reply));
        Assert.Empty(Peers.Cache.Lookups.All);
        Assert.Empty(Peers.Retrieval.Searches.All);
        Assert.Equal(("chat.completions.passthrough", "second", 200), ((await RecordAsync()).Route, (await RecordAsync()).Model, (await RecordAsync()).Status));
    }

    [Fact]
    public async Task An_alias_is_a_model_as_well()
    {
        Assert.Equal(200, (await PostAsync("/v1/chat/completions", Body.Replace("second", "chat", StringComparison.Ordinal))).Status);
        Assert.Equal("chat", Peers.Broker.Completes.Requests.Single().Model);
    }

    [Fact]
    public async Task The_model_of_an_alias_that_answered_for_the_first_is_named()
    {
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(new CompleteRequest(request) { Model = "second" }));
        Peers.Broker.OnStream = async (request, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Model = "second" }, context.CancellationToken);
            await FakeBroker.WriteAsync(new CompleteRequest(request) { Model = "second" }, events, context, "Hi.");
        };

        var body = Body.Replace("second", "chat", StringComparison.Ordinal);
        Assert.Equal("model=second", (await PostAsync("/v1/chat/completions", body)).Header("x-slipway-degraded"));
        var streamed = await PostAsync("/v1/chat/completions", body.Replace("{", "{\"stream\":true,", StringComparison.Ordinal).Replace("[{\"stream\":true,", "[{", StringComparison.Ordinal));
        Assert.Equal(("Hi.", "model=second"), (streamed.StreamedText, streamed.Header("x-slipway-degraded")));
    }

    [Fact]
    public async Task A_model_that_the_catalog_lacks_is_a_404_that_the_broker_never_sees()
    {
        (await PostAsync("/v1/chat/completions", Body.Replace("second", "gpt-99", StringComparison.Ordinal))).MustBeError(404, "model_not_found", "model");

        Assert.Empty(Peers.Broker.Completes.All);
        Assert.Equal((404, "model_not_found"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
    }

    [Fact]
    public async Task A_stream_passes_through_with_tool_calls_and_usage()
    {
        Peers.Broker.OnStream = async (request, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "Let me see [9]" }, context.CancellationToken);
            await events.WriteAsync(new CompleteEvent { ToolCallsDeltaJson = """[{"index":0,"id":"call_1","type":"function","function":{"name":"now","arguments":""}}]""" }, context.CancellationToken);
            var done = FakeBroker.Completed(request, "");
            done.FinishReason = "tool_calls";
            await events.WriteAsync(new CompleteEvent { Completed = done }, context.CancellationToken);
        };

        var reply = await PostAsync("/v1/chat/completions", """{"model":"second","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}""");

        Assert.Equal("Let me see [9]", reply.StreamedText);
        Assert.Equal("now", reply.Chunks[1]["choices"]![0]!["delta"]!["tool_calls"]![0]!["function"]!["name"]!.GetValue<string>());
        Assert.Equal("tool_calls", reply.Chunks[2]["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Equal(12, reply.Chunks[3]["usage"]!["completion_tokens"]!.GetValue<int>());
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.True((await RecordAsync()).Stream);
    }

    [Theory]
    [InlineData(StatusCode.ResourceExhausted, "rate_limit_exceeded", 429)]
    [InlineData(StatusCode.Internal, "upstream_error", 502)]
    [InlineData(StatusCode.DeadlineExceeded, "upstream_timeout", 504)]
    [InlineData(StatusCode.Unavailable, "upstream_unavailable", 503)]
    [InlineData(StatusCode.InvalidArgument, "content_filter", 400)]
    public async Task What_the_broker_says_reaches_the_caller(StatusCode status, string code, int http)
    {
        Peers.Broker.OnComplete = (_, _) => throw new ServiceError(status, code, "Said for callers.", null, TimeSpan.FromSeconds(2.2)).ToException();

        var reply = await PostAsync("/v1/chat/completions", Body);

        reply.MustBeError(http, code);
        Assert.Equal("Said for callers.", reply.Error["message"]!.GetValue<string>());
        Assert.Equal("3", reply.Header("Retry-After"));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, 503, "service_unavailable")]
    [InlineData(StatusCode.DeadlineExceeded, 504, "timeout")]
    [InlineData(StatusCode.Unknown, 502, "upstream_error")]
    public async Task A_broker_that_fails_says_nothing_internal(StatusCode status, int http, string code)
    {
        Peers.Broker.OnComplete = (_, _) => throw Failing.With(status);

        (await PostAsync("/v1/chat/completions", Body)).MustBeError(http, code);
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_with_the_error_and_without_done()
    {
        Peers.Broker.OnStream = async (_, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "Half" }, context.CancellationToken);
            throw Failing.With(StatusCode.Unknown);
        };

        var reply = await PostAsync("/v1/chat/completions", Body.Replace("\"messages\"", "\"stream\":true,\"messages\"", StringComparison.Ordinal));

        Assert.Equal("upstream_error", reply.Chunks[^1]["error"]!["code"]!.GetValue<string>());
        Assert.DoesNotContain("[DONE]", reply.Body, StringComparison.Ordinal);
        reply.MustNotLeak();
        Assert.Equal((502, true), ((await RecordAsync()).Status, (await RecordAsync()).Stream));
    }
}
