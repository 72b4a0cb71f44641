using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.RequestPath;

public sealed class HotAnswersPathTests(HotAnswersPathTests.Fixture fixture) : AssistantTest(fixture), IClassFixture<HotAnswersPathTests.Fixture>
{
    [Fact]
    public async Task An_answer_asked_for_again_within_moments_is_the_same_and_does_not_go_to_the_cache_service()
    {
        var first = await ChatAndStoreAsync();

        Reply again;
        int lookups;
        do
        {
            lookups = Peers.Cache.Lookups.All.Count;
            again = await ChatAsync();
        }
        while (Peers.Cache.Lookups.All.Count > lookups);

        Assert.Equal((200, "output", "0", first.Text), (again.Status, again.Header("x-slipway-cache"), again.Header("x-slipway-cost-usd"), again.Text));
        Assert.Equal(["flags", "cache", "record"], OpenAi.ChatCompletionTests.Timed(again));
        Assert.Equal(first.Slipway["citations"]!.ToJsonString(), again.Slipway["citations"]!.ToJsonString());
    }

    [Theory]
    [InlineData("no-store")]
    [InlineData("no-cache")]
    public async Task Who_wants_no_cached_answer_gets_none_of_these_either(string header)
    {
        await ChatAndStoreAsync();
        await ChatAsync();

        Assert.Equal("miss", (await ChatAsync(Question, ("Cache-Control", header))).Header("x-slipway-cache"));
    }

    [Fact]
    public async Task A_changed_document_is_seen_at_once()
    {
        await ChatAndStoreAsync();
        await ChatAsync();
        Host.Learn(Tenant, "c2");
        var changed = new SearchResponse { CorpusVersion = "c2", Mode = SearchMode.Hybrid, Passages = { FakeRetrieval.Passage(1, "It is rolled back otherwise now.") } };
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(changed);

        Assert.Equal("miss", (await ChatAsync()).Header("x-slipway-cache"));
    }

    public sealed class Fixture : AssistantFixture
    {
        protected override int HotAnswerMilliseconds => 1000;
    }
}
