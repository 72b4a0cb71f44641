using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Intents;

public sealed class IntentPathTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Paraphrase = "Could you tell me how a release is rolled back?";

    [Fact]
    public async Task The_question_is_embedded_once_and_its_vector_goes_to_the_intents_the_search_and_the_store()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync();

        var embedded = Assert.Single(Peers.Retrieval.Embeds.Requests);
        Assert.Equal([Question], embedded.Texts);
        var looked = Assert.Single(Peers.Cache.IntentLookups.Requests);
        Assert.Equal(("lsa-1", "chat.completions", Question), (looked.EmbeddingsVersion, looked.Route, looked.Key.Question));
        var search = Assert.Single(Peers.Retrieval.Searches.Requests);
        Assert.Equal((looked.Vector, "lsa-1"), (search.Vector, search.EmbeddingsVersion));
        var stored = await StoredAsync(CacheTier.Output);
        Assert.Equal((looked.Vector, "lsa-1"), (stored.Vector, stored.EmbeddingsVersion));
    }

    [Fact]
    public async Task An_answer_found_by_intent_asks_neither_search_nor_model_and_frees_its_leases()
    {
        var first = await AnswerByIntentFromAsync();
        ForgetCalls();

        var reply = await ChatAsync(Paraphrase);

        Assert.Equal((200, "output", first.Text, "0"), (reply.Status, reply.Header("x-slipway-cache"), reply.Text, reply.Header("x-slipway-cost-usd")));
        Assert.Empty(Peers.Retrieval.Searches.All);
        Assert.Empty(Peers.Broker.Completes.All);
        Assert.Equal(CacheTier.Output, (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Question == Paraphrase)).Request.Key.Tier);
        await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Retrieval && abandon.Key.Question == Paraphrase);
    }

    [Fact]
    public async Task An_answer_found_by_intent_is_streamed_as_well()
    {
        await AnswerByIntentFromAsync();
        var reply = await StreamAsync(Paraphrase);
        Assert.Equal((FakeBroker.Text, "output"), (reply.StreamedText, reply.Header("x-slipway-cache")));
        Assert.Empty(Peers.Broker.Streams.All);
    }

    [Fact]
    public async Task A_sampled_hit_is_answered_afresh_in_the_background_and_reported()
    {
        await AnswerByIntentFromAsync(sample: true);

        await ChatAsync(Paraphrase);

        var report = (await Peers.Cache.Reports.FirstAsync(sent => sent.Tenant == Tenant)).Request;
        Assert.Equal((Tenant, "chat.completions", true), (report.Tenant, report.Route, report.Agrees));
        var record = (await Peers.Control.Records.FirstAsync(sent => sent.Tenant == Tenant && sent.Route == "intent-sample")).Request;
        Assert.Equal("miss", record.Cache);
    }

    [Fact]
    public async Task A_sampled_hit_that_says_something_else_is_reported_as_wrong()
    {
        await AnswerByIntentFromAsync(sample: true);
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(new SearchResponse { Mode = SearchMode.Hybrid, CorpusVersion = "c1", Passages = { FakeRetrieval.Passage(9, "Something else entirely.") } });
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, "Nobody can [1]."));

        await ChatAsync(Paraphrase);

        Assert.False((await Peers.Cache.Reports.FirstAsync(sent => sent.Tenant == Tenant)).Request.Agrees);
    }

    [Fact]
    public async Task Nothing_is_embedded_for_a_release_that_searches_by_keyword_or_a_caller_who_wants_nothing_of_the_cache()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync(Question, ("Cache-Control", "no-store"));
        Assert.Empty(Peers.Retrieval.Embeds.All);
        Assert.Empty(Peers.Cache.IntentLookups.All);

        await ChatAsync(Question, ("Cache-Control", "no-cache"));
        Assert.Single(Peers.Retrieval.Embeds.All);
        Assert.Empty(Peers.Cache.IntentLookups.All);
    }

    [Fact]
    public async Task Without_a_vector_the_search_makes_its_own_and_nothing_is_degraded()
    {
        Host.Learn(Tenant, "c1");
        Peers.Retrieval.OnEmbed = (_, _) => throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unavailable, "fake-internal-detail"));

        var reply = await ChatAsync();

        Assert.Equal((200, FakeBroker.Text), (reply.Status, reply.Text));
        Assert.Empty(reply.Degraded);
        Assert.Null(Assert.Single(Peers.Retrieval.Searches.Requests).Vector);
        Assert.Null((await StoredAsync(CacheTier.Output)).Vector);
    }

    /// <summary>Asks the question, and lets the cache find its answer for every other one.</summary>
    private async Task<Reply> AnswerByIntentFromAsync(bool sample = false)
    {
        Host.Learn(Tenant, "c1");
        var first = await ChatAndStoreAsync();
        var value = (await StoredAsync(CacheTier.Output)).Value;
        Peers.Cache.OnLookupIntent = (_, _) => Task.FromResult(new LookupIntentResponse { Hit = true, Value = value, Similarity = 0.95, Sample = sample });
        return first;
    }

    private void ForgetCalls()
    {
        Peers.Retrieval.Searches.Clear();
        Peers.Broker.Completes.Clear();
        Peers.Cache.Abandons.Clear();
    }
}
