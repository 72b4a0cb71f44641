using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.Ollama;

/// <summary>Vectors of Ollama, <c>POST /api/embed</c>. It is told not to truncate: else the end of a long text is left out and nobody knows.</summary>
internal sealed class OllamaEmbeddings(CatalogModel model, HttpClient http, TimeProvider time) : IEmbeddingProvider
{
    /// <inheritdoc />
    public async Task<(IReadOnlyList<ReadOnlyMemory<float>> Vectors, int? Tokens)> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "api/embed") { Content = JsonText.Body(json => Write(json, texts, dimensions)) };
        if (model.Provider.ApiKey is { } key) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using var response = await http.SendAsync(message, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode) throw NativeFailures.ByStatus((int)response.StatusCode, response.Headers, MessageOf(body), model, static () => false, time);
            using var json = JsonDocument.Parse(body);
            return ([.. json.RootElement.Items("embeddings").Select(Vector)], json.RootElement.Number("prompt_eval_count"));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw NativeFailures.Transport(exception, model, started: false);
        }
    }

    private void Write(Utf8JsonWriter json, IReadOnlyList<string> texts, int? dimensions)
    {
        json.WriteString("model", model.ProviderModel);
        json.WriteBoolean("truncate", false);
        if (dimensions is { } wanted) json.WriteNumber("dimensions", wanted);
        json.WriteStartArray("input");
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<float> Vector(JsonElement values) => values.EnumerateArray().Select(value => value.GetSingle()).ToArray();

    private static string MessageOf(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.Text("error");
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
