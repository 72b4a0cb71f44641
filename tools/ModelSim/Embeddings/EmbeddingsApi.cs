using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Calls;
using Slipway.ModelSim.Chat;
using Slipway.ServiceDefaults.Errors;
using Slipway.Tokens;

namespace Slipway.ModelSim.Embeddings;

/// <summary><c>POST /v1/embeddings</c> for the model <c>sim-embedding</c>: unit vectors made from the words of a text, so that texts which share words are near each other.</summary>
internal static class EmbeddingsApi
{
    private const string Model = "sim-embedding";
    private const int DefaultDimensions = 256;

    public static WebApplication MapEmbeddingsApi(this WebApplication app)
    {
        app.MapPost("/v1/embeddings", (HttpContext http, SimCalls calls) => calls.RunAsync(http, OpenAiErrorShape.Instance, json => Read(json, json.Model()), AnswerAsync));
        app.MapPost("/openai/v1/embeddings", (HttpContext http, SimCalls calls) => calls.RunAsync(http, OpenAiErrorShape.Instance, json => Read(json, json.Model()), AnswerAsync));
        app.MapPost("/openai/deployments/{deployment}/embeddings", (HttpContext http, SimCalls calls, string deployment) =>
            calls.RunAsync(http, new AzureFormat(deployment), json => Read(json, deployment), AnswerAsync));
        app.MapPost("/api/embed", (HttpContext http, SimCalls calls) => calls.RunAsync(http, OllamaFormat.Instance, json => Read(json, json.Model()), AnswerOllamaAsync));
        return app;
    }

    private static Task AnswerAsync(SimCall call, EmbeddingsRequest request)
    {
        if (SimModel.Split(request.Model).Name != Model) throw SimModel.NotFound(request.Model);
        var tokens = request.Texts.Sum(TokenCounter.Get(TokenCounter.O200kBase).Count);
        var buffer = new ArrayBufferWriter<byte>();
        Write(buffer, [.. request.Texts.Select(text => HashedWords.Embed(text, request.Dimensions))], request.Model, request.Base64, tokens);
        return call.WriteSlowlyAsync(buffer.WrittenMemory, tokens);
    }

    private static Task AnswerOllamaAsync(SimCall call, EmbeddingsRequest request)
    {
        if (SimModel.Split(request.Model).Name != Model) throw SimModel.NotFound(request.Model);
        var tokens = request.Texts.Sum(TokenCounter.Get(TokenCounter.O200kBase).Count);
        var vectors = request.Texts.Select(text => HashedWords.Embed(text, request.Dimensions));
        return call.WriteSlowlyAsync(JsonSerializer.SerializeToUtf8Bytes(new { model = request.Model, embeddings = vectors, total_duration = 1_000_000, prompt_eval_count = tokens }), tokens);
    }

    private static EmbeddingsRequest Read(JsonElement json, string model) => new(
        model, Texts(json), json.Field("dimensions") is { } wanted && wanted.TryGetInt64Safe(out var value) ? (int)Math.Clamp(value, 1, 4096) : DefaultDimensions, json.Text("encoding_format") == "base64");

    private static List<string> Texts(JsonElement json)
    {
        if (json.TryGetProperty("input", out var input))
        {
            if (input.ValueKind == JsonValueKind.String) return [input.GetString()!];
            if (input.ValueKind == JsonValueKind.Array && input.GetArrayLength() > 0 && input.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
                return [.. input.EnumerateArray().Select(item => item.GetString()!)];
        }

        throw new ApiException(ApiError.Invalid("input", "'input' must be a string or a list of strings.", "invalid_request_error"));
    }

    private static void Write(IBufferWriter<byte> buffer, IReadOnlyList<float[]> vectors, string model, bool base64, int tokens)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (var i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            WriteVector(json, vectors[i], base64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", model);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter json, float[] vector, bool base64)
    {
        if (base64)
        {
            var bytes = new byte[vector.Length * sizeof(float)];
            for (var i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
            json.WriteBase64String("embedding", bytes);
            return;
        }

        json.WriteStartArray("embedding");
        foreach (var value in vector) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private sealed record EmbeddingsRequest(string Model, List<string> Texts, int Dimensions, bool Base64) : ISimRequest
    {
        public bool Stream => false;
    }
}
