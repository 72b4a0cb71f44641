using System.Text.Json;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Http;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;

namespace Slipway.Assistant.Search;

/// <summary><c>POST /v1/search</c>: the passages that a question would be answered from, without an answer.</summary>
internal static class SearchApi
{
    private const string Route = "search";

    public static WebApplication MapSearchApi(this WebApplication app)
    {
        app.MapPost("/v1/search", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, RecordedEndpoint endpoint, RetrievalService.RetrievalServiceClient retrieval, Corpora corpora)
    {
        var request = await endpoint.ReadAsync(http, Route, Read);
        await endpoint.RunAsync(http, Route, async (caller, run) =>
        {
            request.Tenant = caller.Tenant;
            request.IncludeMetadata = true;
            request.RequestId = caller.RequestId;
            SearchResponse found;
            using (run.Enter(Stage.Retrieval))
            {
                // An exact search reads every vector: it may take all the time that the request has.
                var deadline = request.Mode == SearchMode.Exact ? run.Deadline.UtcDateTime : run.CallDeadline(Stage.Retrieval);
                found = await retrieval.SearchAsync(request, deadline: deadline, cancellationToken: http.RequestAborted);
            }

            corpora.Learn(caller.Tenant, request.Collection, found.CorpusVersion);
            run.CorpusVersion = found.CorpusVersion;
            if (found.DegradedReason.Length > 0) run.Degrade(Stage.Retrieval, RetrievalStage.RungOf(found), found.DegradedReason);
            else if (found.Rerank is not ("" or "applied")) run.Degrade(Stage.Retrieval, "fused", found.Rerank);
            endpoint.Recorder.RecordCall(caller, run, "", "", usage: null, found.CostUsd);
            ResponseHead.Write(http.Response, run, found.CostUsd > 0 ? found.CostUsd : null);
            await JsonResponse.WriteAsync(http, json => Write(json, found));
        });
    }

    private static SearchRequest Read(JsonElement json)
    {
        var query = json.RequiredString("query", RetrievalStage.MaxQueryLength);
        if (string.IsNullOrWhiteSpace(query)) throw JsonFields.Invalid("query", "'query' is empty.");
        var request = new SearchRequest
        {
            Query = query,
            Limit = (int)(json.OptionalInteger("limit", 1, 100) ?? 0),
            Offset = (int)(json.OptionalInteger("offset", 0, 1000) ?? 0),
            Window = (int)(json.OptionalInteger("window", 1, 1000) ?? 0),
            Highlight = json.OptionalBool("highlight") ?? false,
            Mode = (json.OptionalString("mode", 16) ?? "hybrid") switch
            {
                "hybrid" => SearchMode.Hybrid,
                "keyword" => SearchMode.Keyword,
                "vector" => SearchMode.Vector,
                "exact" => SearchMode.Exact,
                _ => throw JsonFields.Invalid("mode", "'mode' must be hybrid, keyword, vector or exact."),
            },
        };
        if (json.OptionalBool("rerank") is { } rerank) request.Rerank = rerank;
        SearchScope.Read(json).ApplyTo(request);
        return request;
    }

    private static void Write(Utf8JsonWriter json, SearchResponse found)
    {
        json.WriteStartObject();
        json.WriteStartArray("passages");
        foreach (var passage in found.Passages)
        {
            json.WriteStartObject();
            json.WriteString("document_id", passage.DocumentId);
            json.WriteString("chunk_id", passage.ChunkId);
            json.WriteString("title", passage.Title);
            json.WriteString("heading", passage.Heading);
            json.WriteString("text", passage.Text);
            json.WriteNumber("start", passage.Start);
            json.WriteNumber("end", passage.End);
            json.WriteNumber("score", passage.Score);
            json.WriteNumber("keyword_score", passage.KeywordScore);
            json.WriteNumber("vector_score", passage.VectorScore);
            if (passage.HasRerankScore) json.WriteNumber("rerank_score", passage.RerankScore);
            WriteMetadata(json, passage);
            if (passage.Highlights.Count > 0) WriteHighlights(json, passage);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("more", found.More);
        json.WriteString("mode", found.Mode.ToString().ToLowerInvariant());
        json.WriteString("degraded_reason", found.DegradedReason);
        json.WriteString("rerank", found.Rerank);
        json.WriteString("corpus_version", found.CorpusVersion);
        json.WriteString("embeddings_version", found.EmbeddingsVersion);
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, Passage passage)
    {
        json.WriteStartObject("metadata");
        foreach (var (name, field) in passage.Metadata.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (field.Values.Count == 1)
            {
                json.WriteString(name, field.Values[0]);
                continue;
            }

            json.WriteStartArray(name);
            foreach (var value in field.Values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteHighlights(Utf8JsonWriter json, Passage passage)
    {
        json.WriteStartArray("highlights");
        foreach (var span in passage.Highlights)
        {
            json.WriteStartObject();
            json.WriteNumber("start", span.Start);
            json.WriteNumber("end", span.End);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
