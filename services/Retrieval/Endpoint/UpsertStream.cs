using System.Threading.Channels;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Ingest;
using Slipway.Retrieval.Search;

namespace Slipway.Retrieval.Endpoint;

/// <summary>
/// A stream of documents in, a result for each out, in order. Reading runs ahead of the results by a bounded number of documents and characters: a caller that
/// sends faster than the disk takes is held back by HTTP/2 flow control, not buffered.
/// </summary>
internal sealed class UpsertStream(DocumentPreparer preparer, IngestQueue queue, DocumentStore store, CorpusRegistry corpora, RetrievalOptions options)
{
    /// <summary>Documents of one stream under way.</summary>
    private const int MostDocuments = 256;

    /// <summary>Characters of one stream under way, beyond which no further document is read.</summary>
    private const int MostCharacters = 16 * 1024 * 1024;

    /// <summary>Runs until the caller has sent its last document and has had its last result.</summary>
    public async Task RunAsync(IAsyncStreamReader<UpsertDocumentRequest> requests, IServerStreamWriter<UpsertDocumentResult> responses, CancellationToken cancellationToken)
    {
        var window = Channel.CreateBounded<(Task<UpsertDocumentResult> Result, int Characters)>(
            new BoundedChannelOptions(MostDocuments) { SingleReader = true, SingleWriter = true });
        var budget = new Budget(MostCharacters);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync();
        var opened = new HashSet<OpenCorpus>();
        try
        {
            while (await requests.MoveNext(ends.Token))
            {
                var request = requests.Current;
                var characters = request.Text.Length;
                await budget.TakeAsync(characters, ends.Token);
                await window.Writer.WriteAsync((await StartAsync(request, opened, ends.Token), characters), ends.Token);
            }

            window.Writer.Complete();
        }
        catch (Exception exception)
        {
            window.Writer.TryComplete(exception);
            // When sending failed it is the cause, and reading only heard of it.
            if (sending.IsFaulted) await sending;
            throw;
        }
        finally
        {
            foreach (var (corpus, indexer) in opened)
            {
                corpus.AddStream(-1);
                indexer.Wake();
            }
        }

        await sending;

        async Task SendAsync()
        {
            try
            {
                await foreach (var (result, characters) in window.Reader.ReadAllAsync(ends.Token))
                {
                    await responses.WriteAsync(await result.WaitAsync(ends.Token), ends.Token);
                    budget.Return(characters);
                }
            }
            catch
            {
                await ends.CancelAsync();
                throw;
            }
        }
    }

    private async ValueTask<Task<UpsertDocumentResult>> StartAsync(UpsertDocumentRequest request, HashSet<OpenCorpus> opened, CancellationToken cancellationToken)
    {
        if (RequestRules.CheckUpsert(request) is { } error)
        {
            RetrievalTelemetry.Ingested("invalid");
            return Task.FromResult(Failed(request, error));
        }

        var key = CorpusKey.Of(request.Tenant, request.Collection);
        if (!corpora.HasRoomFor(key))
        {
            RetrievalTelemetry.Ingested("invalid");
            return Task.FromResult(Failed(request, ServiceError.Invalid(
                "collection", $"The tenant has {options.MostCollections} collections, which is the limit; delete one, or use one of them.", "too_many_collections")));
        }

        var open = corpora.Ensure(key);
        if (opened.Add(open)) open.Corpus.AddStream(1);
        var format = request.ContentType == ContentType.Markdown ? TextFormat.Markdown : TextFormat.Plain;
        var document = preparer.Prepare(request.Id, request.Title, request.Text, format, Translation.ToMetadata(request.Metadata), DocumentOrigin.Api);
        return FinishAsync(request.Id, request.Line, await queue.SubmitAsync(new Change(key, request.Id, document), cancellationToken));
    }

    private async Task<UpsertDocumentResult> FinishAsync(string id, long line, Task<ChangeOutcome> change)
    {
        try
        {
            var outcome = await change;
            var unchanged = outcome.Kind == ChangeKind.Unchanged;
            RetrievalTelemetry.Ingested(unchanged ? "unchanged" : "stored");
            return new UpsertDocumentResult
            {
                Id = id,
                Line = line,
                Stored = true,
                Unchanged = unchanged,
                Chunks = outcome.Chunks,
                CorpusVersion = store.VersionFor(outcome.Sequence),
            };
        }
        catch (IngestException)
        {
            RetrievalTelemetry.Ingested("failed");
            return Failed(new UpsertDocumentRequest { Id = id, Line = line }, Translation.StorageFailed);
        }
    }

    private static UpsertDocumentResult Failed(UpsertDocumentRequest request, ServiceError error) => new()
    {
        Id = request.Id,
        Line = request.Line,
        ErrorCode = error.Code,
        ErrorMessage = error.Message,
        ErrorParam = error.Param ?? "",
    };
}
