using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Slipway.Cache.Tests.Engines;
using Slipway.Contracts;
using Slipway.ModelBroker.Sharing;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests;

/// <summary>Calls that ask the same.</summary>
public sealed class SharingTests(GarnetEngine engine) : IClassFixture<GarnetEngine>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_who_ask_the_same_at_once_share_one_call_and_one_bill(bool stream)
    {
        var (provider, arrived, go) = Waiting();
        await using var _ = provider;
        await using var broker = BrokerHost.For(provider.BaseUrl);
        var asked = Enumerable.Range(0, 100).Select(i => AskAsync(broker, new CompleteRequest(BrokerHost.Ask()) { RequestId = $"r{i}" }, stream)).ToList();
        await arrived.Task.WaitAsync(Cancellation);
        // Others are others: another tenant, another text, another draw.
        var others = new[] { new CompleteRequest(BrokerHost.Ask()) { Tenant = "other" }, BrokerHost.Ask("Why?"), new CompleteRequest(BrokerHost.Ask()) { Temperature = 0.7 } }
            .Select(request => AskAsync(broker, request, stream)).ToList();
        go.SetResult();
        var replies = await Task.WhenAll(asked);
        await Task.WhenAll(others);
        Assert.All(replies, reply => Assert.Equal(("Hi.", "stop", 100), (reply.Text, reply.FinishReason, reply.Usage.PromptTokens)));
        // Those whose call came when the first was answered already made one of their own.
        Assert.Equal(provider.Bodies.Count - 3, replies.Count(reply => !reply.Shared));
        Assert.Equal((100 * 2e-6) + (10 * 8e-6), replies.Sum(reply => reply.CostUsd) / replies.Count(reply => !reply.Shared), 9);
    }

    [Fact]
    public async Task Who_leaves_takes_nothing_from_the_others_and_the_last_one_ends_the_call()
    {
        var (provider, arrived, go) = Waiting();
        await using var _ = provider;
        await using var broker = BrokerHost.For(provider.BaseUrl);
        using var leaves = new CancellationTokenSource();
        var first = broker.Client.CompleteAsync(BrokerHost.Ask(), cancellationToken: leaves.Token).ResponseAsync;
        await arrived.Task.WaitAsync(Cancellation);
        var second = broker.CompleteAsync(new CompleteRequest(BrokerHost.Ask()) { RequestId = "r2" });
        await leaves.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => first);
        go.SetResult();
        Assert.Equal("Hi.", (await second).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_is_given_again_for_five_minutes_where_the_same_is_wanted(bool stream)
    {
        var time = new FakeTimeProvider();
        await using var provider = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.For(time, provider.BaseUrl);
        var same = new CompleteRequest(BrokerHost.Ask()) { Temperature = 0 };
        Assert.False((await AskAsync(broker, same, stream)).Shared);
        foreach (var again in (bool[])[false, true])
        {
            var reply = await AskAsync(broker, same, again);
            Assert.Equal(("Hi.", true, 0.0), (reply.Text, reply.Shared, reply.CostUsd));
        }

        await AskAsync(broker, BrokerHost.Ask(), stream);
        await AskAsync(broker, BrokerHost.Ask(), stream);
        Assert.Equal(3, provider.Bodies.Count);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.False((await AskAsync(broker, same, stream)).Shared);
    }

    [Fact]
    public void Kept_answers_are_bounded_in_bytes()
    {
        var kept = new KeptAnswers(new FakeTimeProvider(), 4000);
        for (var i = 0; i < 10; i++) kept.Keep($"k{i}", new CompleteResponse { Text = new string('x', 300), FinishReason = "stop" });
        Assert.Null(kept.Find("k0"));
        Assert.NotNull(kept.Find("k9"));
        kept.Keep("huge", new CompleteResponse { Text = new string('x', 3000), FinishReason = "stop" });
        kept.Keep("filtered", new CompleteResponse { FinishReason = "content_filter" });
        Assert.Null(kept.Find("huge"));
        Assert.Null(kept.Find("filtered"));
        Assert.NotNull(kept.Find("k9"));
    }

    [Fact]
    public async Task A_thousand_at_once_on_two_replicas_cause_at_most_two_calls()
    {
        var (provider, arrived, go) = Waiting();
        await using var _ = provider;
        await using var one = BrokerHost.For(provider.BaseUrl, "sim", ("ConnectionStrings:redis", engine.ConnectionString));
        await using var two = BrokerHost.For(provider.BaseUrl, "sim", ("ConnectionStrings:redis", engine.ConnectionString));
        await Task.WhenAll(one.Store.WhenUsableAsync(), two.Store.WhenUsableAsync()).WaitAsync(Cancellation);
        await Task.WhenAll(one.CountReplicasAsync(), two.CountReplicasAsync());
        var asked = Enumerable.Range(0, 1000).Select(i => AskAsync(i % 2 == 0 ? one : two, new CompleteRequest(BrokerHost.Ask()) { RequestId = $"r{i}" }, stream: false)).ToList();
        await arrived.Task.WaitAsync(Cancellation);
        await Task.WhenAll(one.AskedAsync(500), two.AskedAsync(500));
        go.SetResult();
        var replies = await Task.WhenAll(asked);
        Assert.InRange(provider.Bodies.Count, 1, 2);
        Assert.Equal(provider.Bodies.Count, replies.Count(reply => !reply.Shared));
    }

    private static async Task<CompleteResponse> AskAsync(BrokerHost broker, CompleteRequest request, bool stream)
    {
        if (!stream) return await broker.CompleteAsync(request);
        var events = await broker.StreamAsync(request);
        return new CompleteResponse(events[^1].Completed) { Text = string.Concat(events.Select(item => item.Text)) };
    }

    /// <summary>Answers when it is told to.</summary>
    private static (ScriptedProvider Provider, TaskCompletionSource Arrived, TaskCompletionSource Go) Waiting()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (new ScriptedProvider(async context =>
        {
            arrived.TrySetResult();
            await go.Task;
            await ScriptedProvider.SayAsync(context, "Hi.");
        }), arrived, go);
    }
}
