using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Corpora;

/// <summary>The change of the embedder: expand, backfill, dual read, switch, contract, and back.</summary>
public sealed class MigrationTests : IDisposable
{
    private const string Small = "openai-small-32";
    private const string Large = "openai-large-32";

    private readonly TempFolder _folder = new();
    private readonly FakeBroker _broker = new();
    private readonly ShiftedTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_change_goes_through_its_phases_and_what_happens_to_documents_meanwhile_is_in_both()
    {
        await FirstAsync("small");
        // What the backfill is held up by, one text at a time.
        var gate = HoldLarge();
        await using var host = Start("large", ("BackfillShare", "1"));
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Backfill);
        Assert.Equal((Small, EmbeddingsPhase.Backfill, Small, Large), await DescribeAsync(host));
        await ChangeAsync(host, "backfill");
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "canary", Cancel)).Mode);

        gate.SetResult();
        await UntilAsync(host, () => Phase(host) == MigrationPhase.DualRead);
        await ChangeAsync(host, "dualread");
        await InBothAsync(host);
        Assert.Equal(Small, (await host.SearchAsync("acme", "the output cache", Cancel)).EmbeddingsVersion);
        await UntilAsync(host, () => host.Corpora.Find("acme")!.Migration!.Searches == 1);
        Assert.Equal(MigrationPhase.DualRead, Phase(host));
        await SearchAsync(host, 4);
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
        var migration = (await FiguresAsync(host)).Migration;
        Assert.Equal((5, 0), (migration.Searches, migration.FailedSearches));
        Assert.InRange(migration.Overlap, 0.1, 1);
        Assert.Equal((_time.GetUtcNow() + TimeSpan.FromHours(24)).ToUnixTimeMilliseconds(), migration.RetainUntilUnixMs, 60_000.0);
        Assert.Equal((Large, SearchMode.Hybrid), await AnswerAsync(host));

        await ChangeAsync(host, "retained");
        await InBothAsync(host);
        Assert.Equal(2, (await host.Vectors.ListAsync("slipway:", Cancel)).Count);
        _time.Advance(TimeSpan.FromHours(23));
        await host.SettleAsync("acme", Cancel);
        Assert.Equal(MigrationPhase.Retained, Phase(host));
        _time.Advance(TimeSpan.FromHours(2));
        await UntilAsync(host, () => Phase(host) is null && Generations(host).Count == 1);
        // The step that removed the generation has removed its set as well when it has ended.
        await host.SettleAsync("acme", Cancel);
        Assert.Equal([host.Corpora.Find("acme")!.Generation!.Set], await host.Vectors.ListAsync("slipway:", Cancel));
        Assert.Equal((Large, SearchMode.Hybrid), await AnswerAsync(host));
        Assert.Equal("nothing_to_revert", (await RefusedAsync(host, resume: false)).Code);
    }

    [Theory]
    [InlineData("small", "lsa")]
    [InlineData("lsa", "small")]
    public async Task Fitted_and_ready_embedders_change_into_each_other(string from, string to)
    {
        await FirstAsync(from);
        await using (var host = Start(to, ("DualReadSearches", "0")))
        {
            await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
            await ChangeAsync(host, "retained");
            await InBothAsync(host);
            Assert.StartsWith(to == "lsa" ? "lsa1-" : Small, (await AnswerAsync(host)).Version, StringComparison.Ordinal);
            await RevertAsync(host);
            Assert.StartsWith(from == "lsa" ? "lsa1-" : Small, (await AnswerAsync(host)).Version, StringComparison.Ordinal);
            await UntilAsync(host, () => Generations(host).Count == 1);
        }

        Assert.Equal(from == "lsa" ? 1 : 0, Directory.GetFiles(_folder.File("models")).Length);
    }

    [Theory]
    [InlineData(nameof(MigrationPhase.Backfill))]
    [InlineData(nameof(MigrationPhase.DualRead))]
    [InlineData(nameof(MigrationPhase.Retained))]
    [InlineData(nameof(MigrationPhase.Reverted))]
    public async Task A_process_that_ends_in_any_phase_goes_on_where_it_was(string name)
    {
        var phase = Enum.Parse<MigrationPhase>(name);
        await FirstAsync("small", 200);
        long done;
        var gate = phase == MigrationPhase.Backfill ? HoldLarge(after: 70) : null;
        await using (var host = Start("large", ("BackfillShare", "1")))
        {
            if (phase == MigrationPhase.Backfill) await UntilAsync(host, () => Generations(host) is [_, { UpTo: > 0 }]);
            else await UntilAsync(host, () => Phase(host) == MigrationPhase.DualRead);
            if (phase is MigrationPhase.Retained or MigrationPhase.Reverted)
            {
                await SearchAsync(host, 5);
                await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
            }

            if (phase == MigrationPhase.Reverted) await RevertAsync(host);
            Assert.Equal(phase, Phase(host));
            done = Embedded("large");
            gate?.TrySetResult();
        }

        await using var again = Start("large");
        await again.UpsertAsync(Cancel, Samples.Text("acme", "after", "A document after the restart"));
        if (phase is MigrationPhase.Backfill or MigrationPhase.DualRead)
        {
            await UntilAsync(again, () => Phase(again) == MigrationPhase.DualRead);
            await InBothAsync(again);
            await SearchAsync(again, 5);
            await UntilAsync(again, () => Phase(again) == MigrationPhase.Retained);
            // At most a batch that was under way was embedded twice.
            Assert.InRange(Embedded("large"), 201, 201 + 64 + 70);
            Assert.Equal((Large, SearchMode.Hybrid), await AnswerAsync(again));
            return;
        }

        await again.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(phase, Phase(again));
        if (phase == MigrationPhase.Reverted) await UntilAsync(again, () => Generations(again).Count == 1);
        else await InBothAsync(again);
        Assert.Equal(phase == MigrationPhase.Retained ? Large : Small, (await AnswerAsync(again)).Version);
        Assert.InRange(Embedded("large"), done, done + 70);
    }

    [Fact]
    public async Task A_change_that_was_taken_back_begins_again_only_when_it_is_asked_for()
    {
        await FirstAsync("small");
        await using (var host = Start("large", ("DualReadSearches", "0")))
        {
            await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
            Assert.Equal("nothing_to_resume", (await RefusedAsync(host, resume: true)).Code);
            using var watch = host.Client.WatchCorpora(new WatchCorporaRequest(), RetrievalHost.Key, cancellationToken: Cancel);
            await HearAsync(watch, Large);
            var reverted = await RevertAsync(host);
            Assert.Equal((Small, EmbeddingsPhase.Reverted), (reverted.EmbeddingsVersion, reverted.Embeddings.Migration.Phase));
            await HearAsync(watch, Small);
            Assert.Equal("nothing_to_revert", (await RefusedAsync(host, resume: false)).Code);
            await UntilAsync(host, () => Generations(host).Count == 1);
            Assert.Equal((Small, SearchMode.Hybrid), await AnswerAsync(host));
        }

        await using (var again = Start("large", ("DualReadSearches", "0")))
        {
            await again.VectorsReadyAsync("acme", Cancel);
            await again.SettleAsync("acme", Cancel);
            Assert.Equal((MigrationPhase.Reverted, 1), (Phase(again), Generations(again).Count));
            await again.Client.RevertEmbeddingsAsync(new RevertEmbeddingsRequest { Tenant = "acme", Resume = true }, RetrievalHost.Key, cancellationToken: Cancel);
            await UntilAsync(again, () => Phase(again) == MigrationPhase.Retained);
            Assert.Equal(Large, (await AnswerAsync(again)).Version);
            await RevertAsync(again);
        }

        // The configuration goes elsewhere and comes back: that asks for it as well.
        await using (var small = Start("small"))
        {
            await UntilAsync(small, () => Phase(small) is null);
        }

        await using var last = Start("large", ("DualReadSearches", "0"));
        await UntilAsync(last, () => Phase(last) == MigrationPhase.Retained);
    }

    [Fact]
    public async Task A_change_can_be_taken_back_before_the_switch()
    {
        await FirstAsync("small");
        var gate = HoldLarge();
        await using var host = Start("large");
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Backfill);
        await RevertAsync(host);
        gate.SetResult();
        await UntilAsync(host, () => Generations(host).Count == 1);
        await host.SettleAsync("acme", Cancel);
        Assert.Equal((MigrationPhase.Reverted, (Small, SearchMode.Hybrid)), (Phase(host), await AnswerAsync(host)));
        Assert.Single(await host.Vectors.ListAsync("slipway:", Cancel));
    }

    [Fact]
    public async Task A_configuration_that_goes_back_within_the_time_finds_the_old_vectors_complete()
    {
        await FirstAsync("small");
        await using (var host = Start("large", ("DualReadSearches", "0")))
        {
            await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
            await ChangeAsync(host, "retained");
            await InBothAsync(host);
        }

        var before = Embedded("small");
        await using var back = Start("small");
        await UntilAsync(back, () => back.Corpora.Find("acme")!.Generation!.Embedder.Version == Small);
        Assert.Equal((Small, EmbeddingsPhase.Retained, Large, Small), await DescribeAsync(back));
        await back.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(SearchMode.Hybrid, (await AnswerAsync(back)).Mode);
        // The question was embedded, and no document again.
        Assert.InRange(Embedded("small"), before, before + 1);
    }

    [Fact]
    public async Task A_configuration_that_changes_again_ends_what_was_being_made()
    {
        await FirstAsync("small");
        var gate = HoldLarge();
        await using (var host = Start("large"))
        {
            await UntilAsync(host, () => Phase(host) == MigrationPhase.Backfill);
            gate.SetResult();
        }

        await using var other = Start("third", ("DualReadSearches", "0"));
        await UntilAsync(other, () => Phase(other) == MigrationPhase.Retained);
        Assert.Equal(("openai-third-32", EmbeddingsPhase.Retained, Small, "openai-third-32"), await DescribeAsync(other));
        Assert.Equal(2, Generations(other).Count);
    }

    [Fact]
    public async Task An_embedder_that_fails_at_questions_is_never_switched_to_and_the_reason_is_told()
    {
        await FirstAsync("small");
        await using var host = Start("large");
        await UntilAsync(host, () => Phase(host) == MigrationPhase.DualRead);
        _broker.Before = (request, _) => Task.FromResult(request is { Model: "large", Texts: [not "a"] } ? FakeBroker.Away : null);
        for (var round = 0; round < 2; round++)
        {
            var since = host.Corpora.Find("acme")!.Migration!.SinceMs;
            _time.Advance(TimeSpan.FromMinutes(1));
            await SearchAsync(host, 5);
            await UntilAsync(host, () => host.Corpora.Find("acme")!.Migration!.SinceMs > since);
            Assert.Equal((MigrationPhase.DualRead, "It failed 5 of 5 searches; a share of 0.05 may fail."), (Phase(host), (await FiguresAsync(host)).Migration.Reason));
        }

        // It works again: the next searches are judged, this one among them.
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(null);
        Assert.Equal((Small, SearchMode.Hybrid), await AnswerAsync(host));
        await SearchAsync(host, 4);
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
        Assert.Empty((await FiguresAsync(host)).Migration.Reason);
    }

    [Fact]
    public async Task Without_searches_the_time_decides_and_an_embedder_that_is_away_is_waited_for()
    {
        await FirstAsync("small");
        await using var host = Start("large");
        await UntilAsync(host, () => Phase(host) == MigrationPhase.DualRead);
        _broker.Before = (request, _) => Task.FromResult(request.Model == "large" ? FakeBroker.Away : null);
        _time.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(host, () => host.Corpora.Find("acme")!.Migration!.Reason == "It does not answer.");
        Assert.Equal(MigrationPhase.DualRead, Phase(host));
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(null);
        _time.Advance(TimeSpan.FromMinutes(11));
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
    }

    [Fact]
    public async Task An_embedder_that_is_away_when_the_change_begins_disturbs_nobody()
    {
        await FirstAsync("small");
        _broker.Before = (request, _) => Task.FromResult(request.Model == "large" ? FakeBroker.Away : null);
        await using var host = Start("large", ("DualReadSearches", "0"));
        await host.VectorsReadyAsync("acme", Cancel);
        await host.UpsertAsync(Cancel, Samples.Text("acme", "new", "A new document"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal((null, (Small, SearchMode.Hybrid)), (Phase(host), await AnswerAsync(host)));
        Assert.Equal(8, host.Service<DocumentStore>().CountVectors(1));
        _broker.Before = (_, _) => Task.FromResult<ServiceError?>(null);
        await UntilAsync(host, () => Phase(host) == MigrationPhase.Retained);
    }

    [Fact]
    public async Task Too_many_texts_that_the_new_embedder_refuses_keep_it_from_answering()
    {
        await FirstAsync("small");
        _broker.Before = (request, _) => Task.FromResult(request.Model == "large" && request.Texts.Any(text => text.Contains("cache", StringComparison.Ordinal)) ? FakeBroker.Refused : null);
        await using var host = Start("large", ("DualReadSearches", "0"));
        await UntilAsync(host, () => host.Corpora.Find("acme")!.Migration is { Reason.Length: > 0 });
        var migration = (await FiguresAsync(host)).Migration;
        Assert.Equal((EmbeddingsPhase.Backfill, 1, "1 of 7 chunks cannot be embedded with it; a share of 0.05 may fail."), (migration.Phase, migration.FailedChunks, migration.Reason));
        Assert.Equal((Small, SearchMode.Hybrid), await AnswerAsync(host));
    }

    [Fact]
    public async Task An_old_embedder_that_is_gone_does_not_keep_the_new_one_from_answering()
    {
        using var model = new TempFolder();
        SentenceTransformer.Write(model.Path);
        await using (var host = new RetrievalHost(
            _folder.Path, null, ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Embedding:Embedder", "onnx"), ("Slipway:Retrieval:Embedding:Onnx:Path", model.Path)))
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
        }

        SentenceTransformer.Write(model.Path, OnnxFile.Tokens(SentenceTransformer.Table(seed: 9)));
        await using var changed = new RetrievalHost(
            _folder.Path, null, ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Embedding:Embedder", "onnx"), ("Slipway:Retrieval:Embedding:Onnx:Path", model.Path));
        await UntilAsync(changed, () => Phase(changed) == MigrationPhase.Retained);
        Assert.Equal(SearchMode.Hybrid, (await changed.SearchAsync("acme", "canary", Cancel)).Mode);
    }

    [Fact]
    public async Task Wrong_requests_are_refused_by_field()
    {
        await using var host = Start("small");
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.RevertEmbeddingsAsync(new RevertEmbeddingsRequest(), RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal("tenant", ServiceError.From(exception)!.Param);
        exception = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.RevertEmbeddingsAsync(new RevertEmbeddingsRequest { Tenant = "nobody" }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal("collection_not_found", ServiceError.From(exception)!.Code);
    }

    /// <summary>Documents of one embedder, in a process that has ended.</summary>
    private async Task FirstAsync(string embedder, int documents = 0)
    {
        await using var host = Start(embedder);
        if (documents > 0) await host.UpsertAsync(Cancel, Enumerable.Range(0, documents).Select(i => Samples.Text("acme", i == 0 ? "cache.md" : $"d{i}", i == 0 ? "The output cache keeps answers" : $"Document {i} of topic{i % 7}")));
        else await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Null(Phase(host));
    }

    private RetrievalHost Start(string embedder, params (string Name, string Value)[] settings) => new(
        _folder.Path, null, services => services.AddSingleton<ModelBrokerService.ModelBrokerServiceClient>(_broker).AddSingleton<TimeProvider>(_time),
        [
            ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Vectors:PatienceMs", "20"), ("Slipway:Retrieval:Embedding:RetryMs", "1"), ("Slipway:Retrieval:Embedding:OpenAi:RetryMs", "1"),
            ("Slipway:Retrieval:Embedding:QueryTimeoutMs", "5000"), ("Slipway:Retrieval:Embedding:Migration:DualReadSearches", "5"),
            ("Slipway:Retrieval:Embedding:Embedder", embedder == "lsa" ? "lsa" : "openai"), ("Slipway:Retrieval:Embedding:OpenAi:Model", embedder == "lsa" ? "" : embedder),
            .. settings.Select(setting => ($"Slipway:Retrieval:Embedding:Migration:{setting.Name}", setting.Value)),
        ]);

    /// <summary>Documents wait for the model <c>large</c>, once it has embedded so many.</summary>
    private TaskCompletionSource HoldLarge(int after = 1)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _broker.Before = async (request, cancellationToken) =>
        {
            if (request.Model == "large" && Embedded("large") > after) await gate.Task.WaitAsync(cancellationToken);
            return null;
        };
        return gate;
    }

    private long Embedded(string model) => _broker.Calls.Where(call => call.Model == model).Sum(call => (long)call.Texts.Count);

    private static MigrationPhase? Phase(RetrievalHost host) => host.Corpora.Find("acme")?.Migration?.Phase;

    private static IReadOnlyList<GenerationRow> Generations(RetrievalHost host) => host.Service<DocumentStore>().ReadGenerations(1);

    /// <summary>Adds a document, changes one and deletes one.</summary>
    private static async Task ChangeAsync(RetrievalHost host, string phase)
    {
        await host.UpsertAsync(Cancel, Samples.Text("acme", $"added-{phase}", $"The release, added in the phase {phase}"), Samples.Text("acme", $"gone-{phase}", $"The release, gone in the phase {phase}"), Samples.Text("acme", "changed", $"The release, changed in {phase}"));
        await host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "acme", Id = $"gone-{phase}" }, RetrievalHost.Key, cancellationToken: Cancel);
    }

    /// <summary>Both generations have a vector of every chunk and of no other, in the store and in the index.</summary>
    private static async Task InBothAsync(RetrievalHost host)
    {
        var (store, corpus) = (host.Service<DocumentStore>(), host.Corpora.Find("acme")!);
        var chunks = store.ReadChunks(1, 0, 1000).Select(chunk => chunk.Chunk).ToList();
        await UntilAsync(host, () => corpus.Other is { } other && (IReadOnlyList<long>)[corpus.Generation!.Row.Number, other.Row.Number] is var numbers
            && numbers.All(number => store.ReadVectorChunks(number, 0, 1000).SequenceEqual(chunks) && store.ReadVectorRemovals(number).Count == 0)
            && corpus.EpochOf(corpus.Generation!) == host.Link.Epoch && corpus.EpochOf(other) == host.Link.Epoch);
        foreach (var set in (string[])[corpus.Generation!.Set, corpus.Other!.Set])
        {
            Assert.Equal(chunks.Count, await host.Vectors.CountAsync(set, Cancel));
            Assert.Empty(await host.Vectors.FindMissingAsync(set, chunks, Cancel));
        }
    }

    private static async Task SearchAsync(RetrievalHost host, int times)
    {
        for (var i = 0; i < times; i++) Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", $"the output cache {i}", Cancel)).Mode);
    }

    private static async Task<(string Version, SearchMode Mode)> AnswerAsync(RetrievalHost host)
    {
        var response = await host.SearchAsync("acme", "the output cache keeps answers", Cancel);
        Assert.Equal("cache.md", response.Passages[0].DocumentId);
        return (response.EmbeddingsVersion, response.Mode);
    }

    private static async Task<RevertEmbeddingsResponse> RevertAsync(RetrievalHost host) =>
        await host.Client.RevertEmbeddingsAsync(new RevertEmbeddingsRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel);

    private static async Task<ServiceError> RefusedAsync(RetrievalHost host, bool resume)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.RevertEmbeddingsAsync(new RevertEmbeddingsRequest { Tenant = "acme", Resume = resume }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
        return ServiceError.From(exception)!;
    }

    private static async Task<EmbeddingsFigures> FiguresAsync(RetrievalHost host) => (await IndexAsync(host)).Embeddings;

    private static async Task<(string Version, EmbeddingsPhase Phase, string Source, string Target)> DescribeAsync(RetrievalHost host)
    {
        var index = await IndexAsync(host);
        return (index.EmbeddingsVersion, index.Embeddings.Migration.Phase, index.Embeddings.Migration.SourceVersion, index.Embeddings.Migration.TargetVersion);
    }

    private static async Task<IndexDescription> IndexAsync(RetrievalHost host) =>
        Assert.Single((await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel)).Indexes);

    private static async Task HearAsync(AsyncServerStreamingCall<CorpusState> watch, string version)
    {
        do Assert.True(await watch.ResponseStream.MoveNext(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        while (watch.ResponseStream.Current.EmbeddingsVersion != version);
    }

    private static async Task UntilAsync(RetrievalHost host, Func<bool> done)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!done())
        {
            // The corpus is opened, and its indexer looks again; what it waits for may be a gate of the test.
            host.Corpora.Ensure(new CorpusKey("acme", CorpusKey.Default)).Indexer.Wake();
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }
}
