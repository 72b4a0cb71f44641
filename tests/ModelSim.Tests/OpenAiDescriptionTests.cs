using System.Net.Http.Json;
using Slipway.Testing;
using Slipway.Testing.OpenApi;

namespace Slipway.ModelSim.Tests;

/// <summary>The simulator answers as the official description of OpenAI's API says.</summary>
public sealed class OpenAiDescriptionTests : IAsyncDisposable
{
    private readonly SimHost _sim = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Fact]
    public async Task Answers_chunks_vectors_models_and_errors_are_as_described()
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        var description = OpenAiDescription.Loaded;
        object[] messages = [new { role = "user", content = "Hello" }];
        var tools = new[] { new { type = "function", function = new { name = "search", parameters = new { type = "object", properties = new { text = new { type = "string" } } } } } };
        foreach (var request in new object[]
        {
            new { model = "sim", messages }, new { model = "sim", messages, max_tokens = 3 }, new { model = "sim", messages, tools, tool_choice = "required" },
            new { model = "sim", messages, response_format = new { type = "json_object" } },
        })
        {
            Assert.Empty(description.CheckAnswer("/v1/chat/completions", await PostAsync("/v1/chat/completions", request)));
        }

        foreach (var request in new object[]
        {
            new { model = "sim", messages, stream = true, stream_options = new { include_usage = true } }, new { model = "sim", messages, tools, tool_choice = "required", stream = true },
        })
        {
            foreach (var data in (await PostAsync("/v1/chat/completions", request)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line["data: ".Length..]).SkipLast(1))
                Assert.Empty(description.CheckChunk("/v1/chat/completions", data));
        }

        Assert.Empty(description.CheckAnswer("/v1/embeddings", await PostAsync("/v1/embeddings", new { model = "sim-embedding", input = new[] { "a", "b" } })));
        Assert.Empty(description.CheckAnswer("/v1/models", await _sim.Http.GetStringAsync("/v1/models", Cancelled), "get"));
        foreach (var fault in (string[])["rate-limit", "quota", "refusal", "context-length", "status=401", "status=500", "status=503"])
            Assert.Empty(description.CheckError(await PostAsync("/v1/chat/completions", new { model = "sim:" + fault, messages })));
    }

    [Fact]
    public void What_is_not_as_described_is_found()
    {
        Assert.SkipWhen(OpenAiDescription.Loaded is null, OpenAiDescription.Absent);
        var description = OpenAiDescription.Loaded;
        const string answer = """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","refusal":null},"logprobs":null,"finish_reason":"stop"}]}""";
        Assert.Empty(description.CheckAnswer("/v1/chat/completions", answer));
        Assert.NotEmpty(description.CheckAnswer("/v1/chat/completions", answer.Replace("\"stop\"", "\"done\"", StringComparison.Ordinal)));
        Assert.NotEmpty(description.CheckAnswer("/v1/chat/completions", answer.Replace("\"created\":1,", "", StringComparison.Ordinal)));
        Assert.NotEmpty(description.CheckAnswer("/v1/chat/completions", answer.Replace("\"created\":1", "\"created\":\"1\"", StringComparison.Ordinal)));
        Assert.NotEmpty(description.CheckAnswer("/v1/chat/completions", answer.Replace("\"model\"", "\"modell\":1,\"model\"", StringComparison.Ordinal)));
        Assert.Empty(description.CheckRequest("/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1}"""));
        Assert.NotEmpty(description.CheckRequest("/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":3}"""));
        Assert.NotEmpty(description.CheckRequest("/v1/chat/completions", """{"model":"m","messages":[{"role":"robot","content":"x"}]}"""));
        Assert.NotEmpty(description.CheckRequest("/v1/chat/completions", """{"model":"m","messages":[]}"""));
    }

    private async Task<string> PostAsync(string path, object request)
    {
        using var response = await _sim.Http.PostAsJsonAsync(path, request, Cancelled);
        return await response.Content.ReadAsStringAsync(Cancelled);
    }
}
