using System.Text.Json.Nodes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.Testing.OpenApi;

namespace Slipway.Assistant.Tests.OpenAi;

/// <summary>What callers of <c>/v1</c> get is as the official description of OpenAI's API says; only the object <c>slipway</c>, and the citations in a stream's delta, are Slipway's own.</summary>
public sealed class OpenAiDescriptionTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Completions = "/v1/chat/completions";

    [Theory]
    [InlineData("""{"model":"assistant","messages":[{"role":"user","content":"How is a release rolled back?"}]}""")]
    [InlineData("""{"model":"second","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"temperature":0.5,"max_tokens":50,"stop":["END"],"seed":7,"user":"u"}""")]
    public async Task An_answer_is_as_described(string request)
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        Assert.Empty(OpenAiDescription.Loaded.CheckRequest(Completions, request));
        var reply = await PostAsync(Completions, request);
        Assert.Equal(200, reply.Status);
        Assert.Empty(OpenAiDescription.Loaded.CheckAnswer(Completions, WithoutOurs(reply.Body)));
    }

    [Fact]
    public async Task An_answer_that_calls_tools_is_as_described()
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        Peers.Broker.OnComplete = (request, _) =>
        {
            var done = Fakes.FakeBroker.Completed(request, "");
            (done.FinishReason, done.ToolCallsJson) = ("tool_calls", """[{"id":"call_1","type":"function","function":{"name":"now","arguments":"{}"}}]""");
            return Task.FromResult(done);
        };
        var reply = await PostAsync(Completions, """{"model":"second","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"now"}}]}""");
        Assert.Equal("now", reply.Json["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"]!.GetValue<string>());
        Assert.Empty(OpenAiDescription.Loaded.CheckAnswer(Completions, reply.Body));
    }

    [Theory]
    [InlineData("assistant")]
    [InlineData("second")]
    public async Task Every_chunk_of_a_stream_is_as_described(string model)
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        var request = $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":"How is a release rolled back?"}],"stream":true,"stream_options":{"include_usage":true}}""";
        Assert.Empty(OpenAiDescription.Loaded.CheckRequest(Completions, request));
        var reply = await PostAsync(Completions, request);
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.True(reply.Events.Count > 3);
        foreach (var data in reply.Events.SkipLast(1)) Assert.Empty(OpenAiDescription.Loaded.CheckChunk(Completions, WithoutOurs(data)));
    }

    [Fact]
    public async Task Chunks_that_call_tools_are_as_described()
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        Peers.Broker.OnStream = async (request, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { ToolCallsDeltaJson = """[{"index":0,"id":"call_1","type":"function","function":{"name":"now","arguments":""}}]""" }, context.CancellationToken);
            await events.WriteAsync(new CompleteEvent { ToolCallsDeltaJson = """[{"index":0,"function":{"arguments":"{}"}}]""" }, context.CancellationToken);
            var done = Fakes.FakeBroker.Completed(request, "");
            done.FinishReason = "tool_calls";
            await events.WriteAsync(new CompleteEvent { Completed = done }, context.CancellationToken);
        };
        var reply = await PostAsync(Completions, """{"model":"second","messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        Assert.Equal(4, reply.Events.Count);
        foreach (var data in reply.Events.SkipLast(1)) Assert.Empty(OpenAiDescription.Loaded.CheckChunk(Completions, data));
    }

    [Fact]
    public async Task Vectors_and_models_are_as_described()
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        foreach (var model in (string[])["assistant", "embedder"])
        {
            var request = $$"""{"model":"{{model}}","input":["a","b"]}""";
            Assert.Empty(OpenAiDescription.Loaded.CheckRequest("/v1/embeddings", request));
            Assert.Empty(OpenAiDescription.Loaded.CheckAnswer("/v1/embeddings", (await PostAsync("/v1/embeddings", request)).Body));
        }

        Assert.Empty(OpenAiDescription.Loaded.CheckAnswer("/v1/models", (await SendAsync(HttpMethod.Get, "/v1/models")).Body, "get"));
        Assert.Empty(OpenAiDescription.Loaded.CheckAnswer("/v1/models/{model}", (await SendAsync(HttpMethod.Get, "/v1/models/second")).Body, "get"));
    }

    [Theory]
    [InlineData("/v1/chat/completions", "{")]
    [InlineData("/v1/chat/completions", """{"model":"gpt-99","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("/v1/chat/completions", """{"model":"second","messages":[{"role":"user","content":"x"}],"temperature":9}""")]
    [InlineData("/v1/embeddings", """{"model":"assistant","input":[]}""")]
    public async Task Errors_are_as_described(string path, string request)
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        var reply = await PostAsync(path, request);
        Assert.True(reply.Status >= 400);
        Assert.Empty(OpenAiDescription.Loaded.CheckError(reply.Body));
    }

    [Fact]
    public async Task Fields_that_nobody_here_knows_reach_the_broker_for_a_model_of_the_catalog_alone()
    {
        const string more = ""","reasoning_effort":"low","metadata":{"a.b":"c"},"store":null}""";
        await PostAsync(Completions, """{"model":"second","messages":[{"role":"user","content":"Hi"}]""" + more);
        Assert.Equal("""{"reasoning_effort":"low","metadata":{"a.b":"c"}}""", Peers.Broker.Completes.Requests.Single().ExtraJson);
        var odd = await PostAsync(Completions, """{"model":"second","messages":[{"role":"user","content":"Hi"}],"$.model":"other"}""");
        Assert.Equal(400, odd.Status);
        await PostAsync(Completions, """{"model":"assistant","messages":[{"role":"user","content":"How is a release rolled back?"}]""" + more);
        Assert.Equal(["", """{"reasoning_effort":"low","metadata":{"a.b":"c"}}"""], Peers.Broker.Completes.Requests.Select(request => request.ExtraJson).Order(StringComparer.Ordinal));
    }

    /// <summary>An answer without what is Slipway's own.</summary>
    private static string WithoutOurs(string body)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        json.Remove("slipway");
        // Annotations are described for whole messages alone.
        if (json["choices"]!.AsArray().FirstOrDefault()?["delta"] is JsonObject delta) delta.Remove("annotations");
        // The text of the description says that chunks before the last have the usage null, and its schema does not let them.
        if (json.TryGetPropertyValue("usage", out var usage) && usage is null) json.Remove("usage");
        return json.ToJsonString();
    }
}
