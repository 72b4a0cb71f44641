using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Calls;
using Slipway.Tokens;

namespace Slipway.ModelSim.Reranking;

/// <summary><c>POST /v1/rerank</c>, as Cohere's API has it, for the model <c>sim-rerank</c>: a document's score is the share of the query's words that it holds.</summary>
internal static class RerankApi
{
    private const string Model = "sim-rerank";

    public static WebApplication MapRerankApi(this WebApplication app)
    {
        app.MapPost("/v1/rerank", (HttpContext http, SimCalls calls) => calls.RunAsync(http, OpenAiErrorShape.Instance, Read, AnswerAsync));
        return app;
    }

    private static Task AnswerAsync(SimCall call, RerankRequest request)
    {
        if (SimModel.Split(request.Model).Name != Model) throw SimModel.NotFound(request.Model);
        var counter = TokenCounter.Get(TokenCounter.O200kBase);
        var tokens = request.Documents.Sum(counter.Count) + (request.Documents.Count * counter.Count(request.Query));
        var words = Words(request.Query);
        var results = request.Documents.Select((text, index) => new { index, relevance_score = words.Count == 0 ? 0 : (double)words.Intersect(Words(text)).Count() / words.Count })
            .OrderByDescending(result => result.relevance_score).ThenBy(result => result.index);
        return call.WriteSlowlyAsync(JsonSerializer.SerializeToUtf8Bytes(new { model = request.Model, results, usage = new { total_tokens = tokens } }), tokens);
    }

    private static RerankRequest Read(JsonElement json)
    {
        var model = json.Model();
        if (json.Text("query") is not { } query) throw JsonFields.Invalid("query", "'query' must be a string.");
        if (json.Field("documents") is not { ValueKind: JsonValueKind.Array } documents || documents.GetArrayLength() == 0 || documents.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
            throw JsonFields.Invalid("documents", "'documents' must be a list of strings.");
        return new RerankRequest(model, query, [.. documents.EnumerateArray().Select(item => item.GetString()!)]);
    }

    private static HashSet<string> Words(string text) =>
        text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', ';', ':', '?', '!', '(', ')'], StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    private sealed record RerankRequest(string Model, string Query, List<string> Documents) : ISimRequest
    {
        public bool Stream => false;
    }
}
