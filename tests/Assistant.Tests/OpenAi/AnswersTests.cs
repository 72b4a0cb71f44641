using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.OpenAi;

public sealed class AnswersTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task The_native_surface_says_answer_citations_confidence_and_degradations()
    {
        Peers.Broker.OnComplete = (request, _) => request.Model == "first" ? throw Failing.With(Grpc.Core.StatusCode.Internal) : Task.FromResult(FakeBroker.Completed(request));

        var reply = await PostAsync("/v1/answers", $$"""{"question":"{{Question}}","conversation":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""");

        Assert.Equal(200, reply.Status);
        Assert.Equal(["answer", "citations", "confidence", "degraded"], reply.Json.AsObject().Select(item => item.Key));
        Assert.Equal(FakeBroker.Text, reply.Json["answer"]!.GetValue<string>());
        Assert.Equal("doc-1", reply.Json["citations"]!.AsArray().Single()!["document_id"]!.GetValue<string>());
        Assert.InRange(reply.Json["confidence"]!.GetValue<double>(), 0.1, 1);
        Assert.Equal(["model=second"], reply.Json["degraded"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Equal(["Hi", "Hello"], Peers.Prompts.Renders.Requests.Single().Conversation.Select(turn => turn.Content));
        Assert.Equal(("r1", "miss", "0.0125"), (reply.Header("x-slipway-release"), reply.Header("x-slipway-cache"), reply.Header("x-slipway-cost-usd")));
        Assert.Equal("answers", (await RecordAsync()).Route);
    }

    [Fact]
    public async Task A_doubtful_answer_asks_for_a_review()
    {
        var reply = await PostAsync("/v1/answers", """{"question":"How?"}""", (SlipwayHeaders.Release, "strict"));

        Assert.Equal("suggested", reply.Json["review"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_without_a_valid_citation_has_no_confidence()
    {
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, "I believe [7] so [0]."));

        var reply = await PostAsync("/v1/answers", """{"question":"How?"}""");

        Assert.Equal(("I believe so.", 0.0), (reply.Json["answer"]!.GetValue<string>(), reply.Json["confidence"]!.GetValue<double>()));
        Assert.Empty(reply.Json["citations"]!.AsArray());
        Assert.Equal("suggested", reply.Json["review"]!.GetValue<string>());
    }

    [Fact]
    public async Task Citations_point_at_the_passages_that_the_prompt_included()
    {
        // The prompt left the first passage out and turned the others round: number 1 is the third passage.
        Peers.Prompts.OnRender = (request, _) => Task.FromResult(FakePrompts.Rendered(request, 2, 1));
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, "So [1] and [2] but not [3]."));

        var reply = await PostAsync("/v1/answers", """{"question":"How?"}""");

        Assert.Equal("So [1] and [2] but not.", reply.Json["answer"]!.GetValue<string>());
        Assert.Equal(["1:doc-3#0", "2:doc-2#0"], reply.Json["citations"]!.AsArray().Select(citation => $"{citation!["number"]}:{citation["chunk_id"]}"));
    }

    [Fact]
    public async Task The_same_citations_come_from_the_retrieval_tier()
    {
        Peers.Prompts.OnRender = (request, _) => Task.FromResult(FakePrompts.Rendered(request, 2, 1));
        Peers.Broker.OnComplete = (request, _) =>
        {
            var completed = FakeBroker.Completed(request, "So [1].");
            completed.FinishReason = "length";
            return Task.FromResult(completed);
        };
        var first = await PostAsync("/v1/answers", """{"question":"How?"}""");
        await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Retrieval && store.Key.Scope.Tenant == Tenant);

        var second = await PostAsync("/v1/answers", """{"question":"How?"}""");

        Assert.Equal("retrieval", second.Header("x-slipway-cache"));
        Assert.Equal(first.Body, second.Body);
    }

    [Fact]
    public async Task A_secret_in_an_answer_is_redacted_and_stays_out_of_the_cache()
    {
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, "The key is sk-abcdefghijklmnopqrstuvwxyz0123 [1]."));

        var reply = await PostAsync("/v1/answers", """{"question":"What is the key?"}""");

        Assert.Equal("The key is [redacted] [1].", reply.Json["answer"]!.GetValue<string>());
        var stored = await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
        Assert.DoesNotContain("abcdefghij", stored.Request.Value.ToStringUtf8(), StringComparison.Ordinal);
    }
}
