using System.Threading.Channels;
using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>Three passages for every question, documents that are stored at once; each method can be replaced.</summary>
public sealed class FakeRetrieval : RetrievalService.RetrievalServiceBase
{
    private readonly Channel<CorpusState> _states = Channel.CreateUnbounded<CorpusState>();

    public Calls<SearchRequest> Searches { get; } = new();

    public Calls<EmbedRequest> Embeds { get; } = new();

    public Calls<UpsertDocumentRequest> Upserts { get; } = new();

    public Calls<DeleteDocumentRequest> Deletes { get; } = new();

    public Calls<DeleteCollectionRequest> CollectionDeletes { get; } = new();

    public Calls<DescribeIndexesRequest> Describes { get; } = new();

    public Func<DeleteCollectionRequest, ServerCallContext, Task<DeleteCollectionResponse>>? OnDeleteCollection { get; set; }

    public Func<SearchRequest, ServerCallContext, Task<SearchResponse>>? OnSearch { get; set; }

    public Func<EmbedRequest, ServerCallContext, Task<EmbedResponse>>? OnEmbed { get; set; }

    public Func<UpsertDocumentRequest, ServerCallContext, UpsertDocumentResult>? OnUpsert { get; set; }

    public Func<DeleteDocumentRequest, ServerCallContext, Task<DeleteDocumentResponse>>? OnDelete { get; set; }

    public static Passage Passage(int number, string text, double vectorScore = 0.8) => new()
    {
        DocumentId = $"doc-{number}",
        ChunkId = $"doc-{number}#0",
        Title = $"Document {number}",
        Heading = $"Heading {number}",
        Text = text,
        Start = 10 * number,
        End = (10 * number) + text.Length,
        Score = 1.0 / number,
        VectorScore = vectorScore,
        KeywordScore = 4,
    };

    public static SearchResponse Found(SearchMode mode = SearchMode.Hybrid, string corpusVersion = "c1", string degradedReason = "") => new()
    {
        Mode = mode,
        CorpusVersion = corpusVersion,
        DegradedReason = degradedReason,
        Passages =
        {
            Passage(1, "A release is rolled back with the rollback command. It takes a moment."),
            Passage(2, "Guardrails compare the canary with the rest."),
            Passage(3, "The cache keeps answers for a while."),
        },
    };

    public void Reset()
    {
        OnSearch = null;
        OnEmbed = null;
        OnUpsert = null;
        OnDelete = null;
        OnDeleteCollection = null;
        Searches.Clear();
        Embeds.Clear();
        Upserts.Clear();
        Deletes.Clear();
        CollectionDeletes.Clear();
        Describes.Clear();
    }

    /// <summary>Tells the watch of a corpus.</summary>
    public void Publish(string tenant, string version) => _states.Writer.TryWrite(new CorpusState { Tenant = tenant, CorpusVersion = version });

    public override Task<SearchResponse> Search(SearchRequest request, ServerCallContext context)
    {
        Searches.Add(request, context);
        return OnSearch?.Invoke(request, context) ?? Task.FromResult(Found(request.Mode));
    }

    public override Task<EmbedResponse> Embed(EmbedRequest request, ServerCallContext context)
    {
        Embeds.Add(request, context);
        if (OnEmbed is { } embed) return embed(request, context);
        var reply = new EmbedResponse { EmbeddingsVersion = "lsa-1" };
        reply.Vectors.AddRange(request.Texts.Select((_, index) => new Vector { Values = { index, 0.5f, -0.25f } }));
        return Task.FromResult(reply);
    }

    public override async Task UpsertDocuments(IAsyncStreamReader<UpsertDocumentRequest> requests, IServerStreamWriter<UpsertDocumentResult> results, ServerCallContext context)
    {
        await foreach (var request in requests.ReadAllAsync(context.CancellationToken))
        {
            Upserts.Add(request, context);
            var result = OnUpsert?.Invoke(request, context) ?? new UpsertDocumentResult { Stored = true, Chunks = 1, CorpusVersion = "c2" };
            result.Id = request.Id;
            result.Line = request.Line;
            await results.WriteAsync(result, context.CancellationToken);
        }
    }

    public override Task<DeleteDocumentResponse> DeleteDocument(DeleteDocumentRequest request, ServerCallContext context)
    {
        Deletes.Add(request, context);
        return OnDelete?.Invoke(request, context) ?? Task.FromResult(new DeleteDocumentResponse { CorpusVersion = "c3" });
    }

    public override Task<DeleteCollectionResponse> DeleteCollection(DeleteCollectionRequest request, ServerCallContext context)
    {
        CollectionDeletes.Add(request, context);
        return OnDeleteCollection?.Invoke(request, context) ?? Task.FromResult(new DeleteCollectionResponse { CorpusVersion = "c4", Documents = 2 });
    }

    public override Task<DescribeIndexesResponse> DescribeIndexes(DescribeIndexesRequest request, ServerCallContext context)
    {
        Describes.Add(request, context);
        return Task.FromResult(new DescribeIndexesResponse
        {
            Indexes =
            {
                new IndexDescription { Tenant = request.Tenant, Collection = "default", CorpusVersion = "c1", EmbeddingsVersion = "lsa-1", Documents = 3, Chunks = 7 },
                new IndexDescription { Tenant = request.Tenant, Collection = "emptied", CorpusVersion = "c9" },
            },
        });
    }

    public override async Task WatchCorpora(WatchCorporaRequest request, IServerStreamWriter<CorpusState> states, ServerCallContext context)
    {
        await states.WriteAsync(new CorpusState { Tenant = "tenant-of-the-watch", CorpusVersion = "w1" }, context.CancellationToken);
        await foreach (var state in _states.Reader.ReadAllAsync(context.CancellationToken)) await states.WriteAsync(state, context.CancellationToken);
    }
}
