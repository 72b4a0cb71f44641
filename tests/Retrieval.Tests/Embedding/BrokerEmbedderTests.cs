using Microsoft.Extensions.Time.Testing;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Tests.Support;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

public sealed class BrokerEmbedderTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeBroker _broker = new();
    private readonly OpenAiOptions _options = new() { Model = "small", BatchTexts = 4 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private BrokerEmbeddings Calls => new(_broker, _time);

    [Fact]
    public async Task Questions_that_come_together_share_a_call_and_each_has_its_own_vector()
    {
        var embedder = new BrokerEmbedder(Calls, _options, 32, _time);
        var (one, two, three) = (QueryAsync(embedder, "alpha"), QueryAsync(embedder, "beta"), QueryAsync(embedder, "gamma"));
        Assert.Empty(_broker.Calls);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        var vectors = await Task.WhenAll(one, two, three);
        Assert.Equal(["alpha", "beta", "gamma"], Assert.Single(_broker.Calls).Texts);
        Assert.Equal(3, vectors.Select(vector => vector[0]).Distinct().Count());
        Assert.All(vectors, vector => Assert.Equal(1, vector.Sum(value => value * value), 4));

        var alone = QueryAsync(embedder, "beta");
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.Equal(vectors[1], await alone);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        var embedder = new BrokerEmbedder(Calls, _options, 32, _time);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => QueryAsync(embedder, $"question {i}"))).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(4, Assert.Single(_broker.Calls).Texts.Count);
    }

    [Fact]
    public async Task Who_leaves_a_batch_takes_nothing_from_the_others_and_the_last_ends_the_call()
    {
        var embedder = new BrokerEmbedder(Calls, _options, 32, _time);
        using var leaving = new CancellationTokenSource();
        var left = embedder.EmbedAsync(["alpha"], EmbeddingUse.Query, new float[32], leaving.Token).AsTask();
        var stays = QueryAsync(embedder, "beta");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.NotEmpty(await stays);

        var called = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        _broker.Before = async (_, cancellationToken) =>
        {
            called.SetResult();
            cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };
        using var last = new CancellationTokenSource();
        var gone = embedder.EmbedAsync(["gamma"], EmbeddingUse.Query, new float[32], last.Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(3));
        await called.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await last.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    [Fact]
    public async Task A_batch_that_everybody_left_is_not_joined()
    {
        var embedder = new BrokerEmbedder(Calls, _options, 32, _time);
        using var leaving = new CancellationTokenSource();
        var left = embedder.EmbedAsync(["alpha"], EmbeddingUse.Query, new float[32], leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        var joins = QueryAsync(embedder, "beta");
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.NotEmpty(await joins);
    }

    [Fact]
    public async Task Passages_go_in_batches_and_are_tried_again_after_pauses_that_grow()
    {
        var failures = 2;
        _broker.Before = (_, _) => Task.FromResult(failures-- > 0 ? FakeBroker.Away : null);
        var embedder = new BrokerEmbedder(Calls, _options with { DocumentPrefix = "passage: " }, 32, _time);
        var buffer = new float[6 * 32];
        var embedding = embedder.EmbedAsync([.. Enumerable.Range(0, 6).Select(i => i == 2 ? " " : $"text {i}")], EmbeddingUse.Document, buffer, Cancel).AsTask();
        // 200 ms, then 400, and up to half as much more.
        while (!embedding.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await embedding;
        Assert.Equal([4, 4, 4, 1], _broker.Calls.Select(call => call.Texts.Count));
        Assert.All(_broker.Calls.SelectMany(call => call.Texts), text => Assert.StartsWith("passage: text", text, StringComparison.Ordinal));
        Assert.All(buffer[64..96], value => Assert.Equal(0, value));
        Assert.All((int[])[0, 1, 3, 4, 5], i => Assert.Contains(buffer[(i * 32)..((i + 1) * 32)], value => value != 0));
    }

    public static TheoryData<string> WrongAnswers => ["dimensions", "count", "not a number", "length 0"];

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public async Task An_answer_that_is_no_embedding_of_the_texts_is_an_error(string wrong)
    {
        _broker.Change = response =>
        {
            var last = response.Vectors[^1].Values;
            if (wrong == "dimensions") last.RemoveAt(0);
            else if (wrong == "count") response.Vectors.RemoveAt(0);
            else if (wrong == "not a number") last[3] = float.NaN;
            else for (var i = 0; i < last.Count; i++) last[i] = 0;
        };
        var embedder = new BrokerEmbedder(Calls, _options, 32, _time);
        var exception = await Assert.ThrowsAsync<EmbedderException>(async () => await embedder.EmbedAsync(["secret one", "secret two"], EmbeddingUse.Document, new float[64], Cancel));
        Assert.Equal(EmbedderFault.Unusable, exception.Fault);
        Assert.Contains(wrong is "count" ? "1 vectors for 2 texts" : wrong is "not a number" ? "finite" : wrong, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_are_told_from_absence()
    {
        var embedder = new BrokerEmbedder(Calls, _options with { Retries = 0 }, 32, _time);
        _broker.Before = (_, _) => Task.FromResult<Contracts.ServiceError?>(FakeBroker.Refused);
        Assert.Equal(EmbedderFault.Refused, (await Assert.ThrowsAsync<EmbedderException>(async () => await embedder.EmbedAsync(["x"], EmbeddingUse.Document, new float[32], Cancel))).Fault);
        _broker.Before = (_, _) => Task.FromResult<Contracts.ServiceError?>(FakeBroker.Away);
        Assert.Equal(EmbedderFault.Unavailable, (await Assert.ThrowsAsync<EmbedderException>(async () => await embedder.EmbedAsync(["x"], EmbeddingUse.Document, new float[32], Cancel))).Fault);
    }

    [Fact]
    public async Task The_version_names_the_model_its_dimensions_and_its_prefixes()
    {
        Assert.Equal(32, await BrokerEmbedder.LearnDimensionsAsync(Calls, _options, Cancel));
        Assert.Equal(8, await BrokerEmbedder.LearnDimensionsAsync(Calls, _options with { Dimensions = 8 }, Cancel));
        Assert.Single(_broker.Calls);
        Assert.Equal("openai-small-32", new BrokerEmbedder(Calls, _options, 32, _time).Version);
        Assert.Matches("^openai-small-32-[0-9a-f]{6}$", new BrokerEmbedder(Calls, _options with { QueryPrefix = "query: " }, 32, _time).Version);
        var embedder = new BrokerEmbedder(Calls, _options with { Dimensions = 8 }, 8, _time);
        await embedder.EmbedAsync(["x"], EmbeddingUse.Document, new float[8], Cancel);
        Assert.Equal(8, _broker.Calls.Last().Dimensions);
    }

    private static async Task<float[]> QueryAsync(BrokerEmbedder embedder, string text)
    {
        var vector = new float[32];
        await embedder.EmbedAsync([text], EmbeddingUse.Query, vector, Cancel);
        return vector;
    }
}
