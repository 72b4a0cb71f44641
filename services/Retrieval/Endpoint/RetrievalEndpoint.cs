using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Ingest;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Recall;
using Slipway.Retrieval.Reranking;
using Slipway.Retrieval.Search;

namespace Slipway.Retrieval.Endpoint;

/// <summary>The gRPC surface: checks, translates, delegates.</summary>
internal sealed class RetrievalEndpoint(
    CorpusRegistry corpora, CorpusHub hub, Searcher searcher, SearchGate gate, SearchOptions options, RerankerOptions reranker, IngestQueue queue, UpsertStream upserts, CollectionDeletion deletion,
    DocumentStore store, RecallMonitor recall, EmbeddingsStatus embeddings, EmbeddingsMigrations migrations,
    RecallOptions recallOptions, FusionTuning tuning, FusionWeights weights, IHostApplicationLifetime lifetime)
    : RetrievalService.RetrievalServiceBase
{
    /// <inheritdoc />
    public override async Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        if (RequestRules.CheckEmbed(request) is { } error) throw error.ToException();
        var response = new EmbedResponse();
        var key = CorpusKey.Of(request.Tenant, request.Collection);
        if (corpora.Find(key)?.Generation is not { } generation) return response;
        var embedder = generation.Embedder;
        using var span = RetrievalTelemetry.StartEmbed(key, embedder.Version, request.Texts.Count);
        var values = new float[request.Texts.Count * embedder.Dimensions];
        try
        {
            await embedder.EmbedAsync(request.Texts, EmbeddingUse.Query, values, context.CancellationToken);
        }
        catch (EmbedderException)
        {
            throw Translation.EmbedderFailed.ToException();
        }

        response.EmbeddingsVersion = embedder.Version;
        for (var i = 0; i < request.Texts.Count; i++)
        {
            var vector = new Vector();
            var slice = values.AsSpan(i * embedder.Dimensions, embedder.Dimensions);
            if (slice.ContainsAnyExcept(0f)) vector.Values.AddRange(slice.ToArray());
            response.Vectors.Add(vector);
        }

        return response;
    }

    /// <inheritdoc />
    public override async Task<SearchResponse> Search(SearchRequest request, ServerCallContext context)
    {
        var window = Translation.WindowOf(request, options);
        if ((RequestRules.CheckSearch(request) ?? RequestRules.CheckPage(request, window) ?? RequestRules.CheckFilter(request.Filter)) is { } error) throw error.ToException();
        var canRerank = reranker.Model.Length > 0;
        if (request is { HasRerank: true, Rerank: true } && !canRerank)
            throw ServiceError.Invalid("rerank", "rerank is true, but no reranking model is configured (Slipway:Retrieval:Reranker:Model).", "no_reranker").ToException();
        using var place = await gate.EnterAsync(context.CancellationToken);
        if (!place.IsAcquired) throw Translation.TooManySearches.ToException();
        try
        {
            return Translation.ToResponse(await searcher.SearchAsync(Translation.ToQuery(request, window, canRerank, context.Deadline), context.CancellationToken));
        }
        catch (KeywordIndexException)
        {
            throw Translation.SearchUnavailable.ToException();
        }
    }

    /// <inheritdoc />
    public override Task UpsertDocuments(
        IAsyncStreamReader<UpsertDocumentRequest> requestStream, IServerStreamWriter<UpsertDocumentResult> responseStream, ServerCallContext context) =>
        upserts.RunAsync(requestStream, responseStream, context.CancellationToken);

    /// <inheritdoc />
    public override async Task<DeleteDocumentResponse> DeleteDocument(DeleteDocumentRequest request, ServerCallContext context)
    {
        if ((RequestRules.CheckCorpus(request.Tenant, request.Collection) ?? RequestRules.CheckId(request.Id)) is { } error) throw error.ToException();
        // Asking for what no tenant has must not make a corpus.
        var key = CorpusKey.Of(request.Tenant, request.Collection);
        if (corpora.Find(key) is null) throw NotFound(request.Id).ToException();
        ChangeOutcome outcome;
        try
        {
            outcome = await (await queue.SubmitAsync(new Change(key, request.Id, null), context.CancellationToken)).WaitAsync(context.CancellationToken);
        }
        catch (IngestException)
        {
            throw Translation.StorageFailed.ToException();
        }

        if (outcome.Kind == ChangeKind.NotFound) throw NotFound(request.Id).ToException();
        return new DeleteDocumentResponse { CorpusVersion = store.VersionFor(outcome.Sequence) };
    }

    /// <inheritdoc />
    public override async Task<DeleteCollectionResponse> DeleteCollection(DeleteCollectionRequest request, ServerCallContext context)
    {
        if (RequestRules.CheckCorpus(request.Tenant, request.Collection) is { } error) throw error.ToException();
        try
        {
            var (documents, sequence) = await deletion.DeleteAsync(CorpusKey.Of(request.Tenant, request.Collection), context.CancellationToken);
            if (documents == 0) throw ServiceError.NotFound("collection_not_found", $"There is no collection '{request.Collection}'.", "collection").ToException();
            return new DeleteCollectionResponse { CorpusVersion = store.VersionFor(sequence), Documents = documents };
        }
        catch (IngestException)
        {
            throw Translation.StorageFailed.ToException();
        }
    }

    /// <inheritdoc />
    public override async Task WatchCorpora(WatchCorporaRequest request, IServerStreamWriter<CorpusState> responseStream, ServerCallContext context)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var state in hub.WatchAsync(ends.Token)) await responseStream.WriteAsync(state, ends.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The service is stopping."));
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            // The watcher has gone.
        }
    }

    /// <inheritdoc />
    public override Task<DescribeIndexesResponse> DescribeIndexes(DescribeIndexesRequest request, ServerCallContext context)
    {
        if (request.Tenant.Length > 0)
        {
            if (RequestRules.CheckTenant(request.Tenant) is { } error) throw error.ToException();
            corpora.OpenAll(context.CancellationToken, request.Tenant);
        }

        var response = new DescribeIndexesResponse();
        response.Indexes.AddRange(recall.Statuses()
            .Where(status => request.Tenant.Length == 0 || status.Corpus.Key.Tenant == request.Tenant)
            .Select(status => Translation.ToDescription(status, status.Corpus.ToState(store), embeddings.Of(status.Corpus), recallOptions, Translation.ToFusion(weights.Chosen(status.Corpus), weights.Of(status.Corpus)))));
        return Task.FromResult(response);
    }

    /// <inheritdoc />
    public override async Task<FusionDescription> TuneFusion(TuneFusionRequest request, ServerCallContext context)
    {
        if (RequestRules.CheckTuning(request) is { } error) throw error.ToException();
        var corpus = Corpus(request.Tenant, request.Collection);
        var questions = request.Questions.Select(question => new TuningQuestion(question.Text, question.Relevance)).ToList();
        try
        {
            var row = await tuning.TuneAsync(corpus, questions, request.Trial, context.CancellationToken);
            return Translation.ToFusion(row, row.Choice.Weight);
        }
        catch (KeywordIndexException)
        {
            throw Translation.SearchUnavailable.ToException();
        }
    }

    /// <inheritdoc />
    public override Task<FusionDescription> ResetFusion(ResetFusionRequest request, ServerCallContext context)
    {
        if (RequestRules.CheckCorpus(request.Tenant, request.Collection) is { } error) throw error.ToException();
        var corpus = Corpus(request.Tenant, request.Collection);
        weights.Reset(corpus);
        return Task.FromResult(Translation.ToFusion(null, weights.Of(corpus)));
    }

    /// <inheritdoc />
    public override Task<RevertEmbeddingsResponse> RevertEmbeddings(RevertEmbeddingsRequest request, ServerCallContext context)
    {
        if (RequestRules.CheckCorpus(request.Tenant, request.Collection) is { } error) throw error.ToException();
        var corpus = Corpus(request.Tenant, request.Collection);
        if (!(request.Resume ? migrations.Resume(corpus) : migrations.Revert(corpus))) throw (request.Resume ? Translation.NothingToResume : Translation.NothingToRevert).ToException();
        corpora.Ensure(corpus.Key).Indexer.Wake();
        return Task.FromResult(new RevertEmbeddingsResponse { EmbeddingsVersion = corpus.Generation?.Embedder.Version ?? "", Embeddings = embeddings.Of(corpus) });
    }

    private Corpus Corpus(string tenant, string collection) => corpora.Find(CorpusKey.Of(tenant, collection)) is { Row.Documents: > 0 } corpus
        ? corpus
        : throw ServiceError.NotFound("collection_not_found", $"There is no collection '{CorpusKey.Of(tenant, collection).Collection}'.", "collection").ToException();

    private static ServiceError NotFound(string id) => ServiceError.NotFound("document_not_found", $"There is no document '{id}'.", "id");
}
