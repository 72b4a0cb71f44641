using System.Text.Json;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.Search;
using Slipway.Contracts;

namespace Slipway.Assistant.Collections;

/// <summary>
/// <c>GET /v1/collections</c>: the tenant's collections that have documents. <c>DELETE /v1/collections/{name}</c> removes all documents of one. A collection is made by its first document.
/// </summary>
internal static class CollectionsApi
{
    private static readonly TimeSpan ListBudget = TimeSpan.FromSeconds(5);

    /// <summary>How long a deletion may take; what it has removed by then is removed.</summary>
    private static readonly TimeSpan DeleteBudget = TimeSpan.FromMinutes(5);

    public static WebApplication MapCollectionsApi(this WebApplication app)
    {
        app.MapGet("/v1/collections", ListAsync);
        app.MapDelete("/v1/collections/{name}", DeleteAsync);
        return app;
    }

    private static async Task ListAsync(HttpContext http, RetrievalService.RetrievalServiceClient retrieval, TimeProvider time)
    {
        var caller = Caller.From(http);
        var reply = await retrieval.DescribeIndexesAsync(
            new DescribeIndexesRequest { Tenant = caller.Tenant }, deadline: (time.GetUtcNow() + ListBudget).UtcDateTime, cancellationToken: http.RequestAborted);
        await JsonResponse.WriteAsync(http, json => Write(json, reply.Indexes.Where(index => index.Documents > 0)));
    }

    private static async Task DeleteAsync(HttpContext http, string name, RetrievalService.RetrievalServiceClient retrieval, Corpora corpora, TimeProvider time)
    {
        var caller = Caller.From(http);
        var collection = SearchScope.ReadCollection(PathValue.Decode(name));
        var reply = await retrieval.DeleteCollectionAsync(
            new DeleteCollectionRequest { Tenant = caller.Tenant, Collection = collection }, deadline: (time.GetUtcNow() + DeleteBudget).UtcDateTime, cancellationToken: http.RequestAborted);
        corpora.Learn(caller.Tenant, collection, reply.CorpusVersion);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<IndexDescription> collections)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var collection in collections)
        {
            json.WriteStartObject();
            json.WriteString("object", "collection");
            json.WriteString("name", collection.Collection);
            json.WriteNumber("documents", collection.Documents);
            json.WriteNumber("passages", collection.Chunks);
            json.WriteString("corpus_version", collection.CorpusVersion);
            json.WriteString("embeddings_version", collection.EmbeddingsVersion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
