using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

/// <summary>Reranking through the simulator and through providers that misbehave.</summary>
public sealed class RerankTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scores_come_in_the_order_of_the_documents_with_usage_and_cost()
    {
        await using var sim = new SimHost();
        await using var broker = Broker(sim.BaseUrl, "sim-rerank");

        var reply = await broker.Client.RerankAsync(Request("sim-rerank", "blue harbour", "a red boat", "the blue harbour", "a blue boat"), cancellationToken: Cancelled);

        Assert.Equal([0, 1, 0.5], reply.Scores);
        Assert.Equal("sim-rerank", reply.Model);
        Assert.True(reply.Usage.PromptTokens > 10 && !reply.Usage.Estimated);
        Assert.Equal(reply.Usage.PromptTokens * 2e-8, reply.CostUsd, 12);
    }

    [Fact]
    public async Task The_request_is_Coheres_and_the_key_is_sent()
    {
        await using var provider = ScriptedProvider.Answering(200, """{"id":"1","results":[{"index":1,"relevance_score":0.9,"document":{"text":"b"}},{"index":0,"relevance_score":-3.5}],"meta":{"tokens":{"input_tokens":17}}}""");
        await using var broker = Broker(provider.BaseUrl, "ranker", ("Slipway:RerankModel:ApiKey", "sk-secret"));

        var reply = await broker.Client.RerankAsync(Request("ranker", "q", "a", "b"), cancellationToken: Cancelled);

        Assert.Equal([-3.5, 0.9], reply.Scores);
        Assert.Equal(17, reply.Usage.PromptTokens);
        Assert.Equal("""{"model":"ranker","query":"q","documents":["a","b"],"top_n":2,"return_documents":false}""", provider.Bodies.Single());
        Assert.Equal("Bearer sk-secret", provider.Authorizations.Single());
    }

    [Theory]
    [InlineData(401, "{}", StatusCode.Internal, "upstream_auth")]
    [InlineData(500, "", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, "not json", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, "{}", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, """{"results":[{"index":0,"relevance_score":1}]}""", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, """{"results":[{"index":0,"relevance_score":1},{"index":0,"relevance_score":1}]}""", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, """{"results":[{"index":0,"relevance_score":1},{"index":2,"relevance_score":1}]}""", StatusCode.Unavailable, "upstream_error")]
    [InlineData(200, """{"results":[{"index":0,"relevance_score":1},{"index":1,"relevance_score":"1"}]}""", StatusCode.Unavailable, "upstream_error")]
    public async Task A_provider_that_fails_or_answers_nonsense_is_a_classified_error(int status, string body, StatusCode expected, string code)
    {
        await using var provider = ScriptedProvider.Answering(status, body);
        await using var broker = Broker(provider.BaseUrl, "ranker");

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await broker.Client.RerankAsync(Request("ranker", "q", "a", "b"), cancellationToken: Cancelled));

        Assert.Equal((expected, code), (exception.StatusCode, ServiceError.From(exception)!.Code));
        // What may pass at once is tried once more.
        Assert.Equal(expected == StatusCode.Unavailable ? 2 : 1, provider.Bodies.Count);
    }

    [Fact]
    public async Task Wrong_requests_never_reach_the_provider()
    {
        await using var provider = ScriptedProvider.Answering(500, "");
        await using var broker = Broker(provider.BaseUrl, "ranker");

        Assert.Equal("query", await RefusedAsync(Request("ranker", " ", "a")));
        Assert.Equal("documents", await RefusedAsync(Request("ranker", "q")));
        Assert.Equal("documents", await RefusedAsync(Request("ranker", "q", [.. Enumerable.Repeat("a", 1001)])));
        Assert.Equal("model", await RefusedAsync(Request("extractive", "q", "a")));
        Assert.Empty(provider.Bodies);

        async Task<string?> RefusedAsync(RerankRequest request) =>
            ServiceError.From(await Assert.ThrowsAsync<RpcException>(async () => await broker.Client.RerankAsync(request, cancellationToken: Cancelled)))!.Param;
    }

    private static BrokerHost Broker(string baseUrl, string model, params (string Key, string Value)[] more) => new(
        [("Slipway:RerankModel:Name", model), ("Slipway:RerankModel:BaseUrl", baseUrl), ("Slipway:RerankModel:InputCostPerToken", "0.00000002"), .. more]);

    private static RerankRequest Request(string model, string query, params string[] documents) =>
        new() { Tenant = "dev", RequestId = "r1", Model = model, Query = query, Documents = { documents } };
}
