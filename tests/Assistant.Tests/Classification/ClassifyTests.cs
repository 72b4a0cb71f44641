using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Classification;

public sealed class ClassifyTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Path = "/v1/classify";

    [Fact]
    public async Task Texts_get_labels_tokens_and_cost_and_a_record()
    {
        var reply = await PostAsync(Path, """{"model":"first","input":["I want my money back","I cannot log in"],"labels":["refund","login"],"instructions":"By what is wanted."}""");

        Assert.Equal(
            """{"model":"first","results":[{"index":0,"label":"login"},{"index":1,"label":"login"}],"usage":{"prompt_tokens":30,"completion_tokens":5,"total_tokens":35},"cost_usd":0.002}""", reply.Body);
        Assert.Equal("0.002", reply.Header("x-slipway-cost-usd"));
        var asked = Peers.Broker.Classifies.Requests.Single();
        Assert.Equal((Tenant, "first", "By what is wanted.", 2, "I cannot log in", "refund"), (asked.Tenant, asked.Model, asked.Instructions, asked.Texts.Count, asked.Texts[1], asked.Labels[0]));
        var record = await RecordAsync();
        Assert.Equal(("classify", "first", "sim", 0.002, 30), (record.Route, record.Model, record.Provider, record.CostUsd, record.Usage.PromptTokens));
    }

    [Fact]
    public async Task One_text_and_no_model_are_enough()
    {
        var reply = await PostAsync(Path, """{"input":"I cannot log in","labels":["refund","login"]}""");

        Assert.Equal("login", reply.Json["results"]![0]!["label"]!.GetValue<string>());
        Assert.Equal("second", reply.Json["model"]!.GetValue<string>());
        Assert.Equal("", Peers.Broker.Classifies.Requests.Single().Model);
    }

    [Theory]
    [InlineData("""{"labels":["a","b"]}""", "missing_required_parameter", "input")]
    [InlineData("""{"input":"x"}""", "missing_required_parameter", "labels")]
    [InlineData("""{"input":7,"labels":["a","b"]}""", "invalid_type", "input")]
    [InlineData("""{"input":"","labels":["a","b"]}""", "invalid_value", "input")]
    [InlineData("""{"input":[],"labels":["a","b"]}""", "invalid_value", "input")]
    [InlineData("""{"input":["x",""],"labels":["a","b"]}""", "invalid_value", "input[1]")]
    [InlineData("""{"input":["x",7],"labels":["a","b"]}""", "invalid_type", "input[1]")]
    [InlineData("""{"input":"x","labels":"a"}""", "invalid_type", "labels")]
    [InlineData("""{"input":"x","labels":["a"]}""", "invalid_value", "labels")]
    [InlineData("""{"input":"x","labels":["a","b","a"]}""", "invalid_value", "labels[2]")]
    [InlineData("""{"input":"x","labels":["a",""]}""", "invalid_value", "labels[1]")]
    [InlineData("""{"input":"x","labels":["a","b"],"instructions":[]}""", "invalid_type", "instructions")]
    [InlineData("""{"input":"x","labels":["a","b"],"model":7}""", "invalid_type", "model")]
    public async Task A_wrong_request_is_a_400_that_names_the_field(string body, string code, string param)
    {
        (await PostAsync(Path, body)).MustBeError(400, code, param);
        Assert.Empty(Peers.Broker.Classifies.Requests);
    }

    [Fact]
    public async Task What_is_too_much_is_a_400_that_names_the_limit()
    {
        var texts = string.Join(',', Enumerable.Repeat("\"a\"", 257));
        var labels = string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"{i}\""));
        foreach (var (body, param, limit) in (IEnumerable<(string, string, string)>)
        [
            ($$"""{"input":[{{texts}}],"labels":["a","b"]}""", "input", "256"), ($$"""{"input":"x","labels":[{{labels}}]}""", "labels", "100"),
            ($$"""{"input":"{{new string('x', 32_769)}}","labels":["a","b"]}""", "input", "32768"), ($$"""{"input":"x","labels":["a","{{new string('x', 101)}}"]}""", "labels[1]", "100"),
            ($$"""{"input":"x","labels":["a","b"],"instructions":"{{new string('x', 8_193)}}"}""", "instructions", "8192"),
        ])
        {
            var reply = await PostAsync(Path, body);
            reply.MustBeError(400, "invalid_value", param);
            Assert.Contains(limit, reply.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_text_without_a_label_is_a_502_that_names_it()
    {
        Peers.Broker.OnClassify = (_, _) => throw new ServiceError(Grpc.Core.StatusCode.Internal, "classification_failed", "The model 'm' gave input[3] none of the labels, asked twice.", "input[3]").ToException();

        (await PostAsync(Path, """{"input":"x","labels":["a","b"]}""")).MustBeError(502, "classification_failed", "input[3]");
        Assert.Equal("classification_failed", (await RecordAsync()).ErrorCode);
    }
}
