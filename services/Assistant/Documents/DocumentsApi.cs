using System.Text;
using System.Text.Unicode;
using Grpc.Core;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.Search;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Tasks;

namespace Slipway.Assistant.Documents;

/// <summary>
/// <c>POST /v1/documents</c>: a stream of JSON lines, or one Markdown or text document named by <c>?id=</c>. What the answer counts as stored is durable.
/// <c>DELETE /v1/documents/{id}</c>. Both take <c>?collection=</c>.
/// </summary>
internal static class DocumentsApi
{
    private const string Route = "documents";

    /// <summary>The longest line, in bytes: 4 MiB of text, JSON escapes, title and metadata.</summary>
    private const int MaxLine = 12 * 1024 * 1024;

    /// <summary>The largest document of text/markdown or text/plain, in bytes: retrieval's limit of a text.</summary>
    private const int MaxText = 4 * 1024 * 1024;

    /// <summary>How long a deletion may take to become durable. An upload has no such limit.</summary>
    private static readonly TimeSpan DeleteBudget = TimeSpan.FromSeconds(10);

    public static WebApplication MapDocumentsApi(this WebApplication app)
    {
        app.MapPost("/v1/documents", UploadAsync);
        app.MapDelete("/v1/documents/{**id}", DeleteAsync);
        return app;
    }

    private static Task UploadAsync(HttpContext http, RecordedEndpoint endpoint, RetrievalService.RetrievalServiceClient retrieval, Corpora corpora) =>
        endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            var collection = SearchScope.ReadCollection(http.Request.Query["collection"]);
            var single = SingleType(http.Request);
            var report = new UploadReport();
            using (run.Enter(Stage.Retrieval))
            {
                using var call = retrieval.UpsertDocuments(cancellationToken: http.RequestAborted);
                var results = CollectAsync(call, report, http.RequestAborted);
                try
                {
                    if (single is { } type) await SendSingleAsync(http, caller.Tenant, collection, type, SendAsync);
                    else await SendLinesAsync(http, caller.Tenant, collection, SendAsync, report);
                    await WriteAsync(call.RequestStream.CompleteAsync);
                }
                catch
                {
                    // The body was refused. The reader's call ends with this block, and so does its interest.
                    results.LeaveBehind();
                    throw;
                }

                await results;

                Task SendAsync(UpsertDocumentRequest document) => WriteAsync(() => call.RequestStream.WriteAsync(document, http.RequestAborted));

                async Task WriteAsync(Func<Task> write)
                {
                    try
                    {
                        await write();
                    }
                    catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException)
                    {
                        // The call ended under the writer, which may only know of a broken connection: the reader knows why.
                        await results;
                        throw;
                    }
                }
            }

            corpora.Learn(caller.Tenant, collection, report.CorpusVersion);
            run.CorpusVersion = report.CorpusVersion;
            endpoint.Recorder.RecordCall(caller, run, "", "", usage: null, costUsd: 0);
            ResponseHead.Write(http.Response, run, costUsd: null);
            await JsonResponse.WriteAsync(http, report.Write);
        });

    private static async Task CollectAsync(
        AsyncDuplexStreamingCall<UpsertDocumentRequest, UpsertDocumentResult> call, UploadReport report, CancellationToken cancellationToken)
    {
        await foreach (var result in call.ResponseStream.ReadAllAsync(cancellationToken)) report.Add(result);
    }

    /// <summary>The type of the one document that the body is; null when it is JSON lines.</summary>
    private static ContentType? SingleType(HttpRequest request) => (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant() switch
    {
        "text/markdown" => ContentType.Markdown,
        "text/plain" => ContentType.Text,
        // curl --data-binary says application/x-www-form-urlencoded unless told otherwise.
        "" or "application/x-ndjson" or "application/jsonl" or "application/jsonlines" or "application/json" or "application/x-www-form-urlencoded" or "application/octet-stream" => null,
        _ => throw new ApiException(new ApiError(415, "unsupported_media_type", "Content-Type must be application/x-ndjson, text/markdown or text/plain.")),
    };

    private static async Task SendSingleAsync(
        HttpContext http, string tenant, string collection, ContentType type, Func<UpsertDocumentRequest, Task> send)
    {
        var document = await ReadSingleAsync(http, type);
        (document.Tenant, document.Collection) = (tenant, collection);
        await send(document);
    }

    private static async Task SendLinesAsync(
        HttpContext http, string tenant, string collection, Func<UpsertDocumentRequest, Task> send, UploadReport report)
    {
        var lines = new LineReader(http.Request.BodyReader, MaxLine);
        while (await lines.ReadAsync(http.RequestAborted) is { } line)
        {
            if (line.IsBlank) continue;
            UpsertDocumentRequest document;
            try
            {
                if (line.TooLong) throw new ApiException(ApiError.Invalid(null, $"The line is longer than {MaxLine / (1024 * 1024)} MiB.", "line_too_long"));
                using var json = JsonBody.Parse(line.Bytes, "line");
                document = DocumentReader.Read(json.RootElement);
            }
            catch (ApiException exception)
            {
                report.Fail(lines.Number, "", exception.Error);
                continue;
            }

            (document.Tenant, document.Collection) = (tenant, collection);
            document.Line = lines.Number;
            await send(document);
        }
    }

    private static async Task<UpsertDocumentRequest> ReadSingleAsync(HttpContext http, ContentType contentType)
    {
        var id = http.Request.Query["id"].ToString();
        if (id.Length == 0) throw JsonFields.Missing("id");
        using var body = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxText) throw new ApiException(new ApiError(413, "request_too_large", "The document is larger than 4 MiB."));
        }

        var bytes = body.GetBuffer().AsSpan(0, (int)body.Length);
        if (!Utf8.IsValid(bytes)) throw new ApiException(ApiError.Invalid(null, "The document is not valid UTF-8."));
        return new UpsertDocumentRequest { Id = id, Title = http.Request.Query["title"].ToString(), Text = Encoding.UTF8.GetString(bytes), ContentType = contentType, Line = 1 };
    }

    private static async Task DeleteAsync(HttpContext http, string? id, RetrievalService.RetrievalServiceClient retrieval, Corpora corpora, TimeProvider time)
    {
        var caller = Caller.From(http);
        if (string.IsNullOrEmpty(id)) throw JsonFields.Missing("id");
        var collection = SearchScope.ReadCollection(http.Request.Query["collection"]);
        var reply = await retrieval.DeleteDocumentAsync(
            new DeleteDocumentRequest { Tenant = caller.Tenant, Collection = collection, Id = PathValue.Decode(id) }, deadline: (time.GetUtcNow() + DeleteBudget).UtcDateTime, cancellationToken: http.RequestAborted);
        corpora.Learn(caller.Tenant, collection, reply.CorpusVersion);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
