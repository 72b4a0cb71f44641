using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>
/// <c>POST {base}/rerank</c> as Cohere's API has it and Jina, vLLM, Infinity, llama.cpp and LiteLLM after it (OpenAI's API has no reranking):
/// <code>
/// {"model", "query", "documents": [text], "top_n", "return_documents": false}
/// → {"results": [{"index", "relevance_score"}], "usage": {"total_tokens"} or "meta": {"tokens": {"input_tokens"}}}
/// </code>
/// </summary>
internal sealed class RerankClient(OpenAIClient client, Uri baseUrl, string model)
{
    /// <summary>The scores of the documents, in their order, and how many tokens the provider counted; null when it did not say.</summary>
    /// <exception cref="ClientResultException">The provider answered with an error.</exception>
    /// <exception cref="JsonException">Its answer is not one.</exception>
    public async Task<(double[] Scores, int? Tokens)> RerankAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken)
    {
        using var message = client.Pipeline.CreateMessage();
        message.Apply(new RequestOptions { CancellationToken = cancellationToken });
        message.Request.Method = "POST";
        message.Request.Uri = new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + "/rerank");
        message.Request.Headers.Set("Content-Type", "application/json");
        message.Request.Headers.Set("Accept", "application/json");
        message.Request.Content = BinaryContent.Create(BinaryData.FromObjectAsJson(new { model, query, documents, top_n = documents.Count, return_documents = false }));
        await client.Pipeline.SendAsync(message);
        var response = message.Response!;
        if (response.IsError) throw await ClientResultException.CreateAsync(response);
        using var json = JsonDocument.Parse(response.Content);
        return (Scores(json.RootElement, documents.Count), Tokens(json.RootElement));
    }

    private static double[] Scores(JsonElement json, int count)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("results", out var results) || results.ValueKind != JsonValueKind.Array) throw new JsonException("There are no results.");
        var scores = new double?[count];
        foreach (var result in results.EnumerateArray())
        {
            if (result.ValueKind != JsonValueKind.Object || !result.TryGetProperty("index", out var index) || !index.TryGetInt32(out var at) || at < 0 || at >= count || scores[at] is not null
                || !result.TryGetProperty("relevance_score", out var score) || score.ValueKind != JsonValueKind.Number || score.GetDouble() is var value && !double.IsFinite(value))
                throw new JsonException("A result is of no document, of one that has its result already, or has no score.");
            scores[at] = score.GetDouble();
        }

        return scores.All(score => score is not null) ? [.. scores.Select(score => score!.Value)] : throw new JsonException("A document has no result.");
    }

    private static int? Tokens(JsonElement json) =>
        json.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty("total_tokens", out var total) && total.TryGetInt32(out var counted) ? counted
        : json.TryGetProperty("meta", out var meta) && meta.ValueKind == JsonValueKind.Object && meta.TryGetProperty("tokens", out var tokens) && tokens.ValueKind == JsonValueKind.Object
            && tokens.TryGetProperty("input_tokens", out var input) && input.TryGetInt32(out var read) ? read
        : null;
}
