using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.RequestPath;

/// <summary>Budgets of which retrieval, prompt and model can be used up in a test, with room for a machine that other tests keep busy.</summary>
public sealed class TightFixture : AssistantFixture
{
    public const int EndToEndMilliseconds = 12_000;

    protected override string Slo => SloJson.Of(
        new Dictionary<string, int>
        {
            ["gateway"] = 1000, ["flags"] = 1000, ["cache"] = 2000, ["retrieval"] = 1500, ["prompt"] = 900, ["model"] = 3600, ["post"] = 1000, ["record"] = 1000,
        },
        EndToEndMilliseconds,
        withoutModel: 8400);
}

/// <summary>Peers that hang: what they are given is read from their deadlines.</summary>
public sealed class LateTests(TightFixture fixture) : AssistantTest(fixture), IClassFixture<TightFixture>
{
    [Fact]
    public async Task A_retrieval_that_hangs_is_asked_once_and_is_a_503_before_the_requests_own_end()
    {
        Peers.Retrieval.OnSearch = (_, context) => Failing.Never<SearchResponse>(context);

        (await ChatAsync()).MustBeError(503, "retrieval_unavailable");

        var call = Peers.Retrieval.Searches.All.Single();
        Assert.InRange(call.Allowed!.Value.TotalMilliseconds, 1500, TightFixture.EndToEndMilliseconds / 2);
        await Eventually.TrueAsync(() => call.Cancelled.IsCancellationRequested);
        Assert.InRange((await RecordAsync()).StageMs["retrieval"], 1350, 15_000);
    }

    [Fact]
    public async Task A_question_that_has_no_earlier_answer_waits_for_a_slow_search_past_the_stages_budget()
    {
        // An earlier answer is looked for when the stage's budget is over.
        Peers.Retrieval.OnSearch = async (request, context) =>
        {
            await Peers.Cache.Lookups.FirstAsync(lookup => lookup.AcceptStale && lookup.Key.Scope.Tenant == Tenant).WaitAsync(context.CancellationToken);
            return FakeRetrieval.Found(request.Mode);
        };

        var reply = await ChatAsync();

        Assert.Equal(200, reply.Status);
        Assert.Empty(reply.Degraded);
        Assert.Single(Peers.Retrieval.Searches.All);
        Assert.InRange((await RecordAsync()).StageMs["retrieval"], 1350, 15_000);
    }

    [Fact]
    public async Task A_question_that_has_an_earlier_answer_does_not_wait_for_a_slow_search()
    {
        var before = await ChatAsync();
        await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
        Host.Learn(Tenant, "c9");
        Peers.Retrieval.OnSearch = (_, context) => Failing.Never<SearchResponse>(context);

        var reply = await ChatAsync();

        Assert.Equal((200, before.Text), (reply.Status, reply.Text));
        Assert.Equal(["retrieval=cached"], reply.Degraded);
        await Eventually.TrueAsync(() => Peers.Retrieval.Searches.All[^1].Cancelled.IsCancellationRequested);
    }

    [Fact]
    public async Task Prompts_that_hang_are_passed_over()
    {
        Peers.Prompts.OnRender = (_, context) => Failing.Never<RenderResponse>(context);

        var reply = await ChatAsync();

        Assert.Equal(["prompt=bypassed", "model=extractive"], reply.Degraded);
        Assert.InRange(Peers.Prompts.Renders.All.Single().Allowed!.Value.TotalMilliseconds, 1, 900);
    }

    [Fact]
    public async Task A_broker_that_hangs_has_the_stages_budget_and_no_more()
    {
        Peers.Broker.OnComplete = (_, context) => Failing.Never<CompleteResponse>(context);

        var reply = await ChatAsync();

        Assert.Equal((200, "model=extractive"), (reply.Status, reply.Header("x-slipway-degraded")));
        var call = Peers.Broker.Completes.All.Single();
        Assert.Equal("first", call.Request.Model);
        Assert.InRange(call.Allowed!.Value.TotalMilliseconds, 1, 3600);
        Assert.InRange((await RecordAsync()).StageMs["model"], 2700, 15_000);
    }

    [Fact]
    public async Task The_broker_knows_how_long_the_first_text_of_a_stream_is_waited_for()
    {
        await StreamAsync();

        Assert.InRange(Peers.Broker.Streams.Requests.Single().FirstTextMs, 1, 3600);
    }

    [Fact]
    public async Task Half_a_word_is_no_text_yet()
    {
        Peers.Broker.OnStream = async (request, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "Hal" }, context.CancellationToken);
            await Failing.Never<int>(context);
        };

        var reply = await StreamAsync();

        Assert.DoesNotContain("Hal", reply.StreamedText, StringComparison.Ordinal);
        Assert.Equal("model=extractive", reply.Header("x-slipway-degraded"));
    }

    [Fact]
    public async Task A_stream_in_which_every_model_hangs_is_quoted_in_process()
    {
        Peers.Broker.OnStream = (_, _, context) => Failing.Never<int>(context);

        var reply = await StreamAsync();

        Assert.Contains("[1]", reply.StreamedText, StringComparison.Ordinal);
        Assert.Equal(["model=extractive"], reply.Degraded);
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    [Fact]
    public async Task A_stream_may_go_on_after_its_first_text_for_longer_than_the_stages_budget()
    {
        await StreamAsync();

        Assert.InRange(Peers.Broker.Streams.All.Single().Allowed!.Value.TotalSeconds, 100, 124);
    }

    [Fact]
    public async Task Every_peer_is_given_no_more_than_its_stages_budget()
    {
        Host.Learn(Tenant, "c1");
        await ChatAsync();

        Assert.InRange(Peers.Retrieval.Searches.All.Single().Allowed!.Value.TotalMilliseconds, 1, TightFixture.EndToEndMilliseconds / 2);
        Assert.InRange(Peers.Prompts.Renders.All.Single().Allowed!.Value.TotalMilliseconds, 1, 900);
        Assert.InRange(Peers.Broker.Completes.All.Single().Allowed!.Value.TotalMilliseconds, 1, 3600);
        Assert.All(Peers.Cache.Lookups.All, call => Assert.InRange(call.Allowed!.Value.TotalMilliseconds, 1, SloJson.Generous["cache"]));
        Assert.All(Peers.Cache.Stores.All, call => Assert.InRange(call.Allowed!.Value.TotalMilliseconds, 1, 2000));
    }

    [Fact]
    public async Task What_the_gateway_has_spent_is_taken_off()
    {
        // 7 of 12 s are left, less than the budget of no stage, but every deadline lies before the end.
        var before = TimeProvider.System.GetUtcNow().UtcDateTime;
        await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, "5000000"));
        var latest = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(7);

        Assert.True(Peers.Broker.Completes.All.Single().Deadline <= latest);
        Assert.InRange((await RecordAsync()).TotalMs, 5_000, 5_000 + (TimeProvider.System.GetUtcNow().UtcDateTime - before).TotalMilliseconds + 100);
    }
}
