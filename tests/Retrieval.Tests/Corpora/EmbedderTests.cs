using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Corpora;

/// <summary>Corpora whose embedder is not fitted: with one that works, and with every way in which one may not.</summary>
public sealed class EmbedderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _model = new();
    private readonly FakeBroker _broker = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_sentence_transformer_serves_from_the_first_document_on_and_after_a_restart()
    {
        SentenceTransformer.Write(_model.Path);
        string version;
        await using (var host = Onnx())
        {
            await host.UpsertAsync(Cancel, Samples.Text("acme", "only", "The canary rolls back the release."));
            await host.VectorsReadyAsync("acme", Cancel);
            version = host.Corpora.Find("acme")!.Generation!.Embedder.Version;
            Assert.Matches("^onnx-24-[0-9a-f]{12}$", version);
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            var response = await host.SearchAsync("acme", "canary rolls back", Cancel, SearchMode.Vector);
            Assert.Equal(("only", SearchMode.Vector, version), (response.Passages[0].DocumentId, response.Mode, response.EmbeddingsVersion));
            var embedded = await host.Client.EmbedAsync(new EmbedRequest { Tenant = "acme", Texts = { "canary", " " } }, RetrievalHost.Key, cancellationToken: Cancel);
            Assert.Equal((version, 24, 0), (embedded.EmbeddingsVersion, embedded.Vectors[0].Values.Count, embedded.Vectors[1].Values.Count));
        }

        await using var again = Onnx();
        await again.VectorsReadyAsync("acme", Cancel);
        var generation = again.Corpora.Find("acme")!.Generation!;
        Assert.Equal((version, 1L), (generation.Embedder.Version, generation.Row.Number));
        Assert.Equal("only", (await again.SearchAsync("acme", "canary rolls back", Cancel, SearchMode.Exact)).Passages[0].DocumentId);
    }

    [Fact]
    public async Task A_model_of_the_broker_serves_and_its_dimensions_are_kept()
    {
        await using (var host = OpenAi())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            Assert.Equal("cache.md", (await host.SearchAsync("acme", "the output cache keeps answers by intent", Cancel, SearchMode.Vector)).Passages[0].DocumentId);
        }

        var calls = _broker.Calls.Count;
        await using var again = OpenAi();
        await again.VectorsReadyAsync("acme", Cancel);
        Assert.Equal("openai-small-32", again.Corpora.Find("acme")!.Generation!.Embedder.Version);
        Assert.Equal(calls, _broker.Calls.Count);
    }

    [Fact]
    public async Task Keywords_answer_while_the_embedder_fails_or_is_late_and_no_deadline_breaks()
    {
        // As long as a healthy embedder may take on a busy machine; the two late searches take as long.
        await using var host = OpenAi(("Slipway:Retrieval:Embedding:QueryTimeoutMs", "1000"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(FakeBroker.Away);
        await KeywordsAnswerAsync(SearchMode.Hybrid);
        await KeywordsAnswerAsync(SearchMode.Exact);
        _broker.Before = async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        };
        await KeywordsAnswerAsync(SearchMode.Hybrid);
        await KeywordsAnswerAsync(SearchMode.Vector);
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(null);
        Assert.Empty((await host.SearchAsync("acme", "the output cache", Cancel)).DegradedReason);

        async Task KeywordsAnswerAsync(SearchMode mode)
        {
            var response = await host.SearchAsync("acme", "the output cache", Cancel, mode).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            Assert.Equal((SearchMode.Keyword, DegradedReason.EmbedderUnavailable, "cache.md"), (response.Mode, response.DegradedReason, response.Passages[0].DocumentId));
        }
    }

    [Fact]
    public async Task An_embedder_that_fails_half_of_the_time_loses_nothing()
    {
        var chance = new Random(5);
        _broker.Before = (_, _) =>
        {
            lock (chance) return Task.FromResult(chance.Next(2) == 0 ? FakeBroker.Away : null);
        };
        await using var host = OpenAi();
        var results = await host.UpsertAsync(Cancel, Enumerable.Range(0, 300).Select(i => Samples.Text("acme", $"d{i}", $"Document {i} of number{i} things")));
        Assert.Equal(300, results.Count);
        Assert.All(results, result => Assert.True(result.Stored));
        await EmbeddedAsync(host, 300);
        Assert.Equal(new FailureCounts(0, 0), host.Service<DocumentStore>().CountEmbedFailures(1));
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(null);
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(300, await host.Vectors.CountAsync(host.Corpora.Find("acme")!.Generation!.Set, Cancel));
    }

    [Fact]
    public async Task An_embedder_that_changes_its_dimensions_stores_nothing_and_recovers()
    {
        await using var host = OpenAi();
        await host.UpsertAsync(Cancel, Samples.Text("acme", "first", "first words"));
        await host.VectorsReadyAsync("acme", Cancel);
        var answered = new TaskCompletionSource();
        _broker.Change = response =>
        {
            foreach (var vector in response.Vectors) vector.Values.Add(1);
            if (_broker.Calls.Count > 8) answered.TrySetResult();
        };
        Assert.True(Assert.Single(await host.UpsertAsync(Cancel, Samples.Text("acme", "second", "second words"))).Stored);
        await answered.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(1, host.Service<DocumentStore>().CountVectors(1));
        Assert.Equal(new FailureCounts(0, 0), host.Service<DocumentStore>().CountEmbedFailures(1));
        var response = await host.SearchAsync("acme", "second words", Cancel);
        Assert.Equal((DegradedReason.EmbedderUnavailable, "second"), (response.DegradedReason, response.Passages[0].DocumentId));
        _broker.Change = _ => { };
        await EmbeddedAsync(host, 2);
    }

    [Fact]
    public async Task A_text_that_is_refused_alone_is_given_up_and_holds_up_no_other()
    {
        _broker.Before = (request, _) => Task.FromResult(request.Texts.Any(text => text.Contains("poison", StringComparison.Ordinal)) ? FakeBroker.Refused : null);
        await using (var host = OpenAi())
        {
            await host.UpsertAsync(Cancel, Enumerable.Range(0, 40).Select(i => Samples.Text("acme", $"d{i}", i == 17 ? "The poison text" : $"Document {i}")));
            await EmbeddedAsync(host, 39);
            await UntilAsync(host, () => host.Service<DocumentStore>().CountEmbedFailures(1) == new FailureCounts(0, 1));
            await host.VectorsReadyAsync("acme", Cancel);
            var description = Assert.Single((await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel)).Indexes);
            Assert.Equal((0, 1), (description.Embeddings.WaitingChunks, description.Embeddings.FailedChunks));
            Assert.Equal("d17", (await host.SearchAsync("acme", "poison", Cancel, SearchMode.Keyword)).Passages[0].DocumentId);
        }

        // It stays given up; a text that replaces it is a new one.
        await using var again = OpenAi();
        Assert.Equal(new FailureCounts(0, 1), again.Service<DocumentStore>().CountEmbedFailures(1));
        await again.UpsertAsync(Cancel, Samples.Text("acme", "d17", "The harmless text"));
        Assert.Equal(new FailureCounts(0, 0), again.Service<DocumentStore>().CountEmbedFailures(1));
        await EmbeddedAsync(again, 40);
    }

    [Fact]
    public async Task A_text_that_fails_alone_without_a_reason_is_given_up_later()
    {
        _broker.Before = (request, _) => Task.FromResult(request.Texts.Any(text => text.Contains("poison", StringComparison.Ordinal)) ? FakeBroker.Away : null);
        await using var host = OpenAi(("Slipway:Retrieval:Embedding:MostFailures", "5"));
        await host.UpsertAsync(Cancel, Samples.Text("acme", "bad", "The poison text"), Samples.Text("acme", "good", "The good text"));
        await EmbeddedAsync(host, 1);
        await UntilAsync(host, () => host.Service<DocumentStore>().CountEmbedFailures(1) == new FailureCounts(0, 1));
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "good", Cancel)).Mode);
    }

    [Fact]
    public async Task A_model_whose_folder_has_changed_is_not_taken_for_the_one_that_made_the_vectors()
    {
        SentenceTransformer.Write(_model.Path);
        await using (var host = Onnx())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
        }

        // The configured embedder is away, so that nothing takes the place of the one that made the vectors.
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(FakeBroker.Away);
        await using (var other = OpenAi())
        {
            await other.VectorsReadyAsync("acme", Cancel);
            Assert.Equal(SearchMode.Hybrid, (await other.SearchAsync("acme", "canary", Cancel)).Mode);
        }

        SentenceTransformer.Write(_model.Path, OnnxFile.Tokens(SentenceTransformer.Table(seed: 9)));
        await using var changed = OpenAi();
        await changed.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(DegradedReason.EmbedderUnavailable, (await changed.SearchAsync("acme", "canary", Cancel)).DegradedReason);
    }

    private static Task EmbeddedAsync(RetrievalHost host, int vectors) => UntilAsync(host, () => host.Service<DocumentStore>().CountVectors(1) == vectors);

    private static async Task UntilAsync(RetrievalHost host, Func<bool> done)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!done()) await host.SettleAsync("acme", patience.Token);
    }

    private RetrievalHost Onnx() => new(
        _folder.Path, null, ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Embedding:Embedder", "onnx"), ("Slipway:Retrieval:Embedding:Onnx:Path", _model.Path));

    private RetrievalHost OpenAi(params (string, string)[] settings) => new(
        _folder.Path, null, services => services.AddSingleton<ModelBrokerService.ModelBrokerServiceClient>(_broker),
        [
            ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Vectors:PatienceMs", "20"), ("Slipway:Retrieval:Embedding:Embedder", "openai"), ("Slipway:Retrieval:Embedding:OpenAi:Model", "small"),
            ("Slipway:Retrieval:Embedding:RetryMs", "1"), ("Slipway:Retrieval:Embedding:OpenAi:RetryMs", "1"), .. settings,
        ]);
}
