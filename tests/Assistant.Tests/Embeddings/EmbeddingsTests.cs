using System.Runtime.InteropServices;
using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Embeddings;

public sealed class EmbeddingsTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Path = "/v1/embeddings";

    [Fact]
    public async Task The_assistants_embedder_is_retrievals()
    {
        var reply = await PostAsync(Path, """{"model":"assistant","input":["a","b"]}""");

        Assert.Equal(
            """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0,0.5,-0.25]},{"object":"embedding","index":1,"embedding":[1,0.5,-0.25]}],"model":"assistant","usage":{"prompt_tokens":0,"total_tokens":0}}""",
            reply.Body);
        Assert.Equal((Tenant, "a"), (Peers.Retrieval.Embeds.Requests.Single().Tenant, Peers.Retrieval.Embeds.Requests.Single().Texts[0]));
        Assert.Equal(("embeddings", "lsa-1"), ((await RecordAsync()).Route, (await RecordAsync()).Model));
    }

    [Fact]
    public async Task Another_model_is_the_brokers()
    {
        var reply = await PostAsync(Path, """{"model":"embedder","input":"a","dimensions":2}""");

        Assert.Equal("[0,1.5]", reply.Json["data"]![0]!["embedding"]!.ToJsonString());
        Assert.Equal(7, reply.Json["usage"]!["prompt_tokens"]!.GetValue<int>());
        Assert.Equal("0.001", reply.Header("x-slipway-cost-usd"));
        Assert.Equal(2, Peers.Broker.Embeds.Requests.Single().Dimensions);
        Assert.Equal(0.001, (await RecordAsync()).CostUsd);
    }

    [Fact]
    public async Task Base64_is_little_endian_float32()
    {
        var reply = await PostAsync(Path, """{"model":"assistant","input":"a","encoding_format":"base64"}""");

        var bytes = Convert.FromBase64String(reply.Json["data"]![0]!["embedding"]!.GetValue<string>());
        Assert.Equal([0f, 0.5f, -0.25f], MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Theory]
    [InlineData("{}", "missing_required_parameter", "model")]
    [InlineData("{\"model\":\"assistant\"}", "missing_required_parameter", "input")]
    [InlineData("{\"model\":\"assistant\",\"input\":7}", "invalid_type", "input")]
    [InlineData("{\"model\":\"assistant\",\"input\":[]}", "invalid_value", "input")]
    [InlineData("{\"model\":\"assistant\",\"input\":\"\"}", "invalid_value", "input")]
    [InlineData("{\"model\":\"assistant\",\"input\":[\"a\",\"\"]}", "invalid_value", "input")]
    [InlineData("{\"model\":\"assistant\",\"input\":[1,2]}", "invalid_type", "input[0]")]
    [InlineData("{\"model\":\"assistant\",\"input\":\"a\",\"encoding_format\":\"hex\"}", "invalid_value", "encoding_format")]
    [InlineData("{\"model\":\"assistant\",\"input\":\"a\",\"dimensions\":0}", "invalid_value", "dimensions")]
    public async Task A_wrong_request_is_a_400_that_names_the_field(string body, string code, string param) => (await PostAsync(Path, body)).MustBeError(400, code, param);

    [Fact]
    public async Task Too_many_texts_are_refused()
    {
        var texts = string.Join(',', Enumerable.Repeat("\"a\"", 257));

        (await PostAsync(Path, $"{{\"model\":\"assistant\",\"input\":[{texts}]}}")).MustBeError(400, "invalid_value", "input");
    }

    [Fact]
    public async Task A_tenant_without_a_fitted_embedder_is_told_so()
    {
        Peers.Retrieval.OnEmbed = (_, _) => Task.FromResult(new EmbedResponse());

        (await PostAsync(Path, """{"model":"assistant","input":"a"}""")).MustBeError(503, "embedder_unavailable", "model");
    }

    [Fact]
    public async Task A_model_that_the_broker_does_not_have_is_a_404()
    {
        Peers.Broker.OnEmbed = (_, _) => throw ServiceError.NotFound("model_not_found", "The model 'x' does not exist.", "model").ToException();

        (await PostAsync(Path, """{"model":"x","input":"a"}""")).MustBeError(404, "model_not_found", "model");
    }

    [Fact]
    public async Task Without_the_broker_there_is_a_clean_503()
    {
        Peers.Broker.OnEmbed = (_, _) => throw Failing.With(StatusCode.Unavailable);

        (await PostAsync(Path, """{"model":"embedder","input":"a"}""")).MustBeError(503, "service_unavailable");
    }
}
