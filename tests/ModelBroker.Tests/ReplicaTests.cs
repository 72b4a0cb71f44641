using System.Buffers.Binary;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Slipway.Cache.Tests.Engines;
using Slipway.Contracts;
using Slipway.ModelBroker.Sharing;
using Slipway.ModelBroker.Tests.Support;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Tests;

public sealed class ReplicasOnGarnet(GarnetEngine engine) : ReplicaTests(engine), IClassFixture<GarnetEngine>;

public sealed class ReplicasOnRedis(RedisServerEngine engine) : ReplicaTests(engine), IClassFixture<RedisServerEngine>;

/// <summary>Calls that ask the same of two replicas.</summary>
public abstract class ReplicaTests(RedisEngine engine)
{
    /// <summary>Each test has a call of its own.</summary>
    private readonly string _test = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_streams_at_once_on_two_replicas_cause_at_most_two_calls_and_each_is_whole()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        var asked = Enumerable.Range(0, 1000).Select(i => WholeAsync(replicas[i % 2], $"r{i}")).ToList();
        await provider.Arrived.Task.WaitAsync(Cancellation);
        await Task.WhenAll(replicas[0].AskedAsync(500), replicas[1].AskedAsync(500)).WaitAsync(Cancellation);
        provider.Go();
        var replies = await Task.WhenAll(asked);
        Assert.All(replies, reply => Assert.Equal(("One two three.", "stop", 100), (reply.Text, reply.FinishReason, reply.Usage.PromptTokens)));
        Assert.InRange(provider.Calls, 1, 2);
        Assert.Equal(provider.Calls, replies.Count(reply => !reply.Shared));
        Assert.All(replies, reply => Assert.Equal(!reply.Shared, reply.CostUsd > 0));
    }

    [Fact]
    public async Task A_second_replica_shows_text_while_the_first_still_writes()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        var owner = WholeAsync(replicas[0], "r0");
        await provider.Arrived.Task.WaitAsync(Cancellation);
        using var follower = replicas[1].Client.CompleteStream(Ask("r1"), cancellationToken: Cancellation);
        // The provider has not said more than this.
        Assert.Equal("One ", await NextTextAsync(follower));
        provider.Go();
        Assert.Equal("One two three.", (await owner).Text);
        var (rest, completed) = await RestAsync(follower);
        Assert.Equal(("two three.", true, 0.0, "stop"), (rest, completed.Shared, completed.CostUsd, completed.FinishReason));
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task When_the_callers_of_the_first_replica_leave_those_of_the_second_get_the_whole_answer()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        using var leaves = new CancellationTokenSource();
        using var owner = replicas[0].Client.CompleteStream(Ask("r0"), cancellationToken: leaves.Token);
        Assert.Equal("One ", await NextTextAsync(owner));
        using var follower = replicas[1].Client.CompleteStream(Ask("r1"), cancellationToken: Cancellation);
        Assert.Equal("One ", await NextTextAsync(follower));
        await leaves.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => RestAsync(owner));
        provider.Go();
        Assert.Equal("two three.", (await RestAsync(follower)).Text);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task A_caller_of_the_second_replica_that_leaves_takes_nothing_from_the_first()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        using var owner = replicas[0].Client.CompleteStream(Ask("r0"), cancellationToken: Cancellation);
        Assert.Equal("One ", await NextTextAsync(owner));
        using var leaves = new CancellationTokenSource();
        using var follower = replicas[1].Client.CompleteStream(Ask("r1"), cancellationToken: leaves.Token);
        Assert.Equal("One ", await NextTextAsync(follower));
        await leaves.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => RestAsync(follower));
        provider.Go();
        var (rest, completed) = await RestAsync(owner);
        Assert.Equal(("two three.", false), (rest, completed.Shared));
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task When_the_replica_that_has_the_lease_dies_before_its_first_text_another_makes_the_call()
    {
        var provider = new Steps();
        provider.Go();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        foreach (var stream in (bool[])[true, false])
        {
            await LeaseAsync(stream, TimeSpan.FromMilliseconds(600));
            var reply = stream ? await WholeAsync(replicas[0], "r0") : await replicas[0].CompleteAsync(Ask("r0"));
            Assert.Equal(("One two three.", false), (reply.Text, reply.Shared));
        }

        Assert.Equal(2, provider.Calls);
    }

    [Fact]
    public async Task When_it_dies_after_its_first_text_the_stream_is_cut_and_never_a_success()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        await LeaseAsync(stream: true, TimeSpan.FromMinutes(1));
        await WriteAsync(0, new CompleteEvent { Text = "One " });
        using var follower = replicas[0].Client.CompleteStream(Ask("r0"), cancellationToken: Cancellation);
        Assert.Equal("One ", await NextTextAsync(follower));
        await (await engine.InspectAsync()).KeyDeleteAsync(Lease(stream: true));
        Assert.Equal("upstream_cut", ServiceError.From(await Assert.ThrowsAsync<RpcException>(() => RestAsync(follower)))!.Code);
        Assert.Equal(0, provider.Calls);
    }

    [Fact]
    public async Task A_stream_whose_owner_never_heard_that_it_is_wanted_is_asked_for_again()
    {
        await using var replicas = await Replicas.StartAsync(engine, new Steps());
        await LeaseAsync(stream: true, TimeSpan.FromMinutes(1));
        using var follower = replicas[0].Client.CompleteStream(Ask("r0"), cancellationToken: Cancellation);
        // As an owner takes it that gave Redis up before it had the reply.
        var database = await engine.InspectAsync();
        for (var i = 0; i < 2; i++)
            while (!await database.SetRemoveAsync(Demand.Wanted("dead"), $"dead:{_test}")) await Task.Delay(20, Cancellation);
        await WriteAsync(0, new CompleteEvent { Text = "One " });
        Assert.Equal("One ", await NextTextAsync(follower));
    }

    [Fact]
    public async Task A_list_that_lost_an_event_is_not_taken_for_the_answer()
    {
        var provider = new Steps();
        provider.Go();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        await LeaseAsync(stream: true, TimeSpan.FromMilliseconds(600));
        await WriteAsync(1, new CompleteEvent { Text = "two " });
        Assert.Equal("One two three.", (await WholeAsync(replicas[0], "r0")).Text);
        Assert.Equal(1, provider.Calls);
    }

    [Fact]
    public async Task A_call_that_fails_on_the_first_replica_is_made_by_the_second()
    {
        var provider = new Steps { FailFirst = true };
        await using var replicas = await Replicas.StartAsync(engine, provider);
        var first = replicas[0].StreamAsync(Ask("r0"));
        await provider.Arrived.Task.WaitAsync(Cancellation);
        var second = WholeAsync(replicas[1], "r1");
        await replicas[1].AskedAsync(1).WaitAsync(Cancellation);
        provider.Go();
        await Assert.ThrowsAsync<RpcException>(() => first);
        Assert.Equal("One two three.", (await second).Text);
    }

    [Fact]
    public async Task A_thousand_embeddings_at_once_on_two_replicas_cause_at_most_two_calls()
    {
        var provider = new Steps();
        await using var replicas = await Replicas.StartAsync(engine, provider);
        var asked = Enumerable.Range(0, 1000).Select(i => EmbedAsync(replicas[i % 2], $"r{i}", Cancellation)).ToList();
        await Task.WhenAll(replicas[0].Models.EmbeddingCalls.WhenCallersAsync(500), replicas[1].Models.EmbeddingCalls.WhenCallersAsync(500)).WaitAsync(Cancellation);
        using var leaves = new CancellationTokenSource();
        var leaving = EmbedAsync(replicas[0], "leaves", leaves.Token);
        await replicas[0].Models.EmbeddingCalls.WhenCallersAsync(501).WaitAsync(Cancellation);
        await leaves.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => leaving);
        await provider.Arrived.Task.WaitAsync(Cancellation);
        provider.Go();
        var replies = await Task.WhenAll(asked);
        Assert.All(replies, reply => Assert.Equal([0.5f, 0.25f], reply.Vectors.Single().Values));
        Assert.InRange(provider.Calls, 1, 2);
        Assert.Equal(provider.Calls, replies.Count(reply => !reply.Shared));
        Assert.All(replies, reply => Assert.Equal(!reply.Shared, reply.CostUsd > 0));
        // Another tenant's is another's.
        var other = new EmbeddingsRequest { Tenant = "other", Model = "sim-embedding", Texts = { "text" } };
        Assert.False((await replicas[1].Client.EmbedAsync(other, cancellationToken: Cancellation)).Shared);
    }

    private CompleteRequest Ask(string id) => new(BrokerHost.Ask($"Question {_test}?")) { RequestId = id };

    private async Task<CompleteResponse> WholeAsync(BrokerHost broker, string id)
    {
        var events = await broker.StreamAsync(Ask(id));
        return new CompleteResponse(events[^1].Completed) { Text = string.Concat(events.Select(item => item.Text)) };
    }

    private async Task<EmbeddingsResponse> EmbedAsync(BrokerHost broker, string id, CancellationToken cancellation) =>
        await broker.Client.EmbedAsync(new EmbeddingsRequest { Tenant = "dev", RequestId = id, Model = "sim-embedding", Texts = { $"text {_test}" } }, cancellationToken: cancellation);

    private static async Task<string> NextTextAsync(AsyncServerStreamingCall<CompleteEvent> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(Cancellation));
        return call.ResponseStream.Current.Text;
    }

    private static async Task<(string Text, CompleteResponse Completed)> RestAsync(AsyncServerStreamingCall<CompleteEvent> call)
    {
        var text = "";
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Completed is { } completed) return (text, completed);
            text += call.ResponseStream.Current.Text;
        }

        throw new InvalidOperationException("The stream ended without its completed event.");
    }

    private RedisKey Lease(bool stream) => $"slipway:broker:flight:{(stream ? "stream:" : "")}{Reuse.Key(Ask(""))}";

    /// <summary>What a replica leaves behind that died: a lease that nobody renews.</summary>
    private async Task LeaseAsync(bool stream, TimeSpan life) =>
        Assert.True(await (await engine.InspectAsync()).StringSetAsync(Lease(stream), $"dead:{_test}", life, When.NotExists));

    private async Task WriteAsync(int number, CompleteEvent item)
    {
        var bytes = new byte[4 + item.CalculateSize()];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        item.WriteTo(bytes.AsSpan(4));
        await (await engine.InspectAsync()).ListRightPushAsync(Outgoing.Events($"dead:{_test}"), bytes);
    }

    /// <summary>Two brokers that know of each other, and one provider.</summary>
    private sealed class Replicas(ScriptedProvider provider, BrokerHost one, BrokerHost two) : IAsyncDisposable
    {
        public BrokerHost this[int index] => index == 0 ? one : two;

        public static async Task<Replicas> StartAsync(RedisEngine engine, Steps steps)
        {
            Assert.SkipWhen(engine.Unavailable is not null, engine.Unavailable ?? "");
            var provider = new ScriptedProvider(steps.AnswerAsync);
            var (one, two) = (Start(), Start());
            await Task.WhenAll(one.Store.WhenUsableAsync(), two.Store.WhenUsableAsync()).WaitAsync(Cancellation);
            await Task.WhenAll(one.CountReplicasAsync(), two.CountReplicasAsync());
            return new Replicas(provider, one, two);

            BrokerHost Start() => BrokerHost.For(
                provider.BaseUrl, "sim", ("ConnectionStrings:redis", engine.ConnectionString), ("Slipway:EmbeddingModel:Name", "sim-embedding"), ("Slipway:EmbeddingModel:InputCostPerToken", "0.000001"));
        }

        public async ValueTask DisposeAsync()
        {
            await one.DisposeAsync();
            await two.DisposeAsync();
            await provider.DisposeAsync();
        }
    }

    /// <summary>A provider that sends the beginning of its answer, and the rest when it is told to.</summary>
    private sealed class Steps
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _calls;

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls => Volatile.Read(ref _calls);

        /// <summary>Whether the first call is refused when it goes on.</summary>
        public bool FailFirst { get; init; }

        public void Go() => _go.TrySetResult();

        public async Task AnswerAsync(HttpContext context)
        {
            var first = Interlocked.Increment(ref _calls) == 1;
            if (FailFirst && first)
            {
                Arrived.TrySetResult();
                await _go.Task;
                await ScriptedProvider.AnswerAsync(context, 401, "{}");
                return;
            }

            if (context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal))
            {
                Arrived.TrySetResult();
                await _go.Task;
                await ScriptedProvider.AnswerAsync(context, 200, JsonSerializer.Serialize(new
                {
                    @object = "list", model = "sim-embedding", data = new[] { new { @object = "embedding", index = 0, embedding = Convert.ToBase64String((byte[])[0, 0, 0, 0x3F, 0, 0, 0x80, 0x3E]) } }, usage = new { prompt_tokens = 5, total_tokens = 5 },
                }));
                return;
            }

            if (context.Items["stream"] is not true)
            {
                Arrived.TrySetResult();
                await _go.Task;
                await ScriptedProvider.SayAsync(context, "One two three.");
                return;
            }

            context.Response.ContentType = "text/event-stream";
            await SendAsync(ScriptedProvider.Chunk("One "));
            Arrived.TrySetResult();
            await _go.Task.WaitAsync(context.RequestAborted);
            foreach (var item in (string[])[ScriptedProvider.Chunk("two "), ScriptedProvider.Chunk("three."), ScriptedProvider.Chunk(null, "stop"), ScriptedProvider.UsageChunk, ScriptedProvider.Done]) await SendAsync(item);

            async Task SendAsync(string item)
            {
                await context.Response.WriteAsync($"data: {item}\n\n");
                await context.Response.Body.FlushAsync();
            }
        }
    }
}
