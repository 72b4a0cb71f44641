using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Intents;

public sealed class EarlierAnswerTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string First = "A release is rolled back with the rollback command. It takes a moment.";
    private const string Second = "Guardrails compare the canary with the rest.";

    [Fact]
    public async Task An_answer_stands_when_the_corpus_changed_elsewhere_and_is_stored_for_the_new_version()
    {
        await ChangeAsync(FakeRetrieval.Passage(1, First), FakeRetrieval.Passage(2, Second), FakeRetrieval.Passage(4, "A new document, further down."));

        var reply = await ChatAsync();

        Assert.Equal((200, "output", FakeBroker.Text), (reply.Status, reply.Header("x-slipway-cache"), reply.Text));
        Assert.Empty(Peers.Broker.Completes.All);
        var stored = (await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant && store.Key.Scope.CorpusVersion == "c2")).Request;
        Assert.Equal("lsa-1", stored.EmbeddingsVersion);
        Assert.Equal("c2", (await Peers.Control.Records.FirstAsync(record => record.Tenant == Tenant && record.Cache == "output")).Request.CorpusVersion);
    }

    [Fact]
    public async Task Its_citations_say_where_the_passages_stand_now()
    {
        var moved = FakeRetrieval.Passage(1, First);
        (moved.Start, moved.End, moved.ChunkId) = (500, 600, "doc-1#3");
        await ChangeAsync(moved, FakeRetrieval.Passage(2, Second));

        var citation = (await ChatAsync()).Slipway["citations"]![0]!;

        Assert.Equal((500, 600, 1), (citation["start"]!.GetValue<int>(), citation["end"]!.GetValue<int>(), citation["number"]!.GetValue<int>()));
        Assert.Empty(Peers.Broker.Completes.All);
    }

    [Fact]
    public Task A_cited_passage_that_changed_makes_a_new_answer() => MustBeMadeAgainAsync(FakeRetrieval.Passage(1, First + " Not any more."), FakeRetrieval.Passage(2, Second));

    [Fact]
    public Task A_cited_passage_that_is_gone_makes_a_new_answer() => MustBeMadeAgainAsync(FakeRetrieval.Passage(2, Second));

    [Fact]
    public Task A_new_passage_above_the_cited_one_makes_a_new_answer() => MustBeMadeAgainAsync(FakeRetrieval.Passage(7, "A release is rolled back by itself now."), FakeRetrieval.Passage(1, First));

    [Fact]
    public async Task Another_release_makes_its_own_answer()
    {
        await ChangeAsync(FakeRetrieval.Passage(1, First));
        var reply = await ChatAsync(Question, (SlipwayHeaders.Release, "r2"));
        Assert.Equal("miss", reply.Header("x-slipway-cache"));
    }

    private async Task MustBeMadeAgainAsync(params Passage[] found)
    {
        await ChangeAsync(found);
        var reply = await ChatAsync();
        Assert.Equal("miss", reply.Header("x-slipway-cache"));
        Assert.Single(Peers.Broker.Completes.All);
    }

    /// <summary>An answer to the question, which cites the first passage; then the corpus changes, and a search finds these.</summary>
    private async Task ChangeAsync(params Passage[] found)
    {
        Host.Learn(Tenant, "c1");
        await ChatAndStoreAsync();
        Peers.Broker.Completes.Clear();
        Host.Learn(Tenant, "c2");
        var response = new SearchResponse { Mode = SearchMode.Hybrid, CorpusVersion = "c2" };
        response.Passages.AddRange(found);
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(response);
    }
}
