using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Embeddings;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Tests;

public sealed class GatheringTests
{
    private static readonly CatalogModel Model = new("e", new ModelEntry { Mode = "embedding", ContextWindow = 8192 }, new CatalogProvider("p", false, null, null, TimeSpan.FromSeconds(120), "max_tokens"));

    private readonly FakeTimeProvider _time = new();
    private readonly Provider _provider = new();
    private readonly GatheringModel _gathering;

    public GatheringTests() => _gathering = new GatheringModel(_provider, Model, _time);

    [Fact]
    public async Task Calls_that_come_together_share_one_call_and_its_bill_exactly()
    {
        var calls = new[] { Ask("ab"), Ask("cdef", "gh"), Ask("i") };
        Assert.Empty(_provider.Requests);
        _time.Advance(GatheringModel.Window);
        var replies = await Task.WhenAll(calls);

        Assert.Equal(["ab", "cdef", "gh", "i"], Assert.Single(_provider.Requests).Texts);
        Assert.Equal([[2f], [4f, 2f], [1f]], replies.Select(reply => reply.Vectors.Select(vector => vector.Values[0])));
        // 100 tokens over 2, 6 and 1 characters.
        Assert.Equal([22, 67, 11], replies.Select(reply => reply.Usage.PromptTokens));
        Assert.Equal(0.001, replies.Sum(reply => reply.CostUsd));
        Assert.Equal(0.00067, replies[1].CostUsd, 12);
    }

    [Fact]
    public async Task A_call_that_comes_alone_is_passed_on_as_it_is()
    {
        var call = Ask("ab");
        _time.Advance(GatheringModel.Window);
        Assert.Equal((100, 0.001), ((await call).Usage.PromptTokens, (await call).CostUsd));
        Assert.Equal("t", Assert.Single(_provider.Requests).Tenant);
    }

    [Fact]
    public async Task Other_dimensions_and_full_batches_go_by_themselves()
    {
        var other = Ask(dimensions: 8, "x");
        var many = Enumerable.Range(0, GatheringModel.Most.Items - 1).Select(i => $"{i}").ToArray();
        var first = Ask(many);
        // Does not fit any more: the batch before goes at once.
        var second = Ask("a", "b");
        await first;
        Assert.Equal(many.Length, Assert.Single(_provider.Requests).Texts.Count);
        _time.Advance(GatheringModel.Window);
        await Task.WhenAll(other, second);
        Assert.Equal(3, _provider.Requests.Count);
        await Ask([.. many, "last"]);
        Assert.Equal(GatheringModel.Most.Items, _provider.Requests.Last().Texts.Count);
    }

    [Fact]
    public async Task One_wrong_text_fails_its_own_call_alone()
    {
        _provider.Refused = "bad";
        var (good, bad) = (Ask("good"), Ask("bad"));
        _time.Advance(GatheringModel.Window);
        Assert.Equal(4f, (await good).Vectors[0].Values[0]);
        Assert.Equal("too_bad", (await Assert.ThrowsAsync<ModelException>(() => bad)).Error.Code);
        Assert.Equal(3, _provider.Requests.Count);
    }

    [Fact]
    public async Task A_failure_of_the_provider_is_everybodys()
    {
        _provider.Down = true;
        var calls = new[] { Ask("a"), Ask("b") };
        _time.Advance(GatheringModel.Window);
        foreach (var call in calls) Assert.Equal(FailureKind.Transient, (await Assert.ThrowsAsync<ModelException>(() => call)).Kind);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task A_caller_that_leaves_takes_nothing_from_the_others_and_the_last_one_ends_the_call()
    {
        _provider.Gate = new TaskCompletionSource();
        using var one = new CancellationTokenSource();
        using var two = new CancellationTokenSource();
        var (leaving, staying) = (AskAsync(one.Token, "a"), AskAsync(two.Token, "bb"));
        _time.Advance(GatheringModel.Window);
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(_provider.Cancelled.IsCompleted);
        await two.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => staying);
        await _provider.Cancelled.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private Task<EmbeddingsResponse> Ask(params string[] texts) => Ask(0, texts);

    private Task<EmbeddingsResponse> Ask(int dimensions, params string[] texts) => AskAsync(TestContext.Current.CancellationToken, dimensions, texts);

    private Task<EmbeddingsResponse> AskAsync(CancellationToken cancellation, params string[] texts) => AskAsync(cancellation, 0, texts);

    private Task<EmbeddingsResponse> AskAsync(CancellationToken cancellation, int dimensions, string[] texts)
    {
        var request = new EmbeddingsRequest { Tenant = "t", Model = "e", Texts = { texts } };
        if (dimensions > 0) request.Dimensions = dimensions;
        return _gathering.CallAsync(request, new ModelCall { Route = [Model], Tenant = "t", Cancellation = cancellation });
    }

    /// <summary>The vector of a text is its length; a call has 100 tokens and costs 0.001 USD.</summary>
    private sealed class Provider : IModel<EmbeddingsRequest, EmbeddingsResponse>
    {
        private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<EmbeddingsRequest> Requests { get; } = new();

        public string? Refused { get; set; }

        public bool Down { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public Task Cancelled => _cancelled.Task;

        public async Task<EmbeddingsResponse> CallAsync(EmbeddingsRequest request, ModelCall call)
        {
            Requests.Enqueue(request);
            if (Down) throw new ModelException(FailureKind.Transient, new ServiceError(Grpc.Core.StatusCode.Unavailable, "upstream_error", "Down."));
            if (Refused is not null && request.Texts.Contains(Refused)) throw new ModelException(ServiceError.Invalid("input", "Bad.", "too_bad"));
            if (Gate is { } gate)
            {
                try
                {
                    await gate.Task.WaitAsync(call.Cancellation);
                }
                catch (OperationCanceledException)
                {
                    _cancelled.TrySetResult();
                    throw;
                }
            }

            var reply = new EmbeddingsResponse { Model = "e", Usage = new Usage { PromptTokens = 100 }, CostUsd = 0.001 };
            reply.Vectors.AddRange(request.Texts.Select(text => new Vector { Values = { text.Length } }));
            return reply;
        }
    }
}
