using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Log;
using Slipway.ServiceDefaults.Errors;
using Slipway.Tokens;

namespace Slipway.ModelSim.Reranking;

/// <summary><c>POST /v1/rerank</c>, as Cohere's API has it, for the model <c>sim-rerank</c>: a document's score is the share of the query's words that it holds.</summary>
internal static class RerankApi
{
    private const string Model = "sim-rerank";

    public static WebApplication MapRerankApi(this WebApplication app)
    {
        app.MapPost("/v1/rerank", HandleAsync);
        return app;
    }

    private static async Task<IResult> HandleAsync(HttpContext http, RequestLog log)
    {
        using var body = await JsonBody.ReadAsync(http);
        var json = body.RootElement;
        var model = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("model", out var name) ? name.ToString() : "";
        var entry = log.Start(http.Request.Path, model, stream: false, json.GetRawText());
        try
        {
            if (model != Model) throw SimModel.NotFound(model);
            var (query, documents) = Read(json);
            var counter = TokenCounter.Get(TokenCounter.O200kBase);
            var tokens = documents.Sum(counter.Count) + (documents.Count * counter.Count(query));
            var words = Words(query);
            var results = documents.Select((text, index) => new { index, relevance_score = words.Count == 0 ? 0 : (double)words.Intersect(Words(text)).Count() / words.Count })
                .OrderByDescending(result => result.relevance_score).ThenBy(result => result.index);
            entry.Finish(200, tokens, 0);
            return Results.Json(new { model = Model, results, usage = new { total_tokens = tokens } });
        }
        catch (ApiException exception)
        {
            entry.Finish(exception.Error.Status, 0, 0);
            throw;
        }
    }

    private static (string Query, List<string> Documents) Read(JsonElement json)
    {
        if (!json.TryGetProperty("query", out var query) || query.ValueKind != JsonValueKind.String)
            throw new ApiException(ApiError.Invalid("query", "'query' must be a string.", "invalid_request_error"));
        if (!json.TryGetProperty("documents", out var documents) || documents.ValueKind != JsonValueKind.Array || documents.GetArrayLength() == 0
            || documents.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw new ApiException(ApiError.Invalid("documents", "'documents' must be a list of strings.", "invalid_request_error"));
        return (query.GetString()!, [.. documents.EnumerateArray().Select(item => item.GetString()!)]);
    }

    private static HashSet<string> Words(string text) =>
        text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', ';', ':', '?', '!', '(', ')'], StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
}
