using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Log;
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
        app.MapPost("/v1/embeddings", HandleAsync);
        return app;
    }

    private static async Task HandleAsync(HttpContext http, RequestLog log)
    {
        using var body = await JsonBody.ReadAsync(http);
        var json = body.RootElement;
        var model = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("model", out var name) ? name.ToString() : "";
        var entry = log.Start(http.Request.Path, model, stream: false, json.GetRawText());
        try
        {
            if (model != Model) throw SimModel.NotFound(model);
            var texts = Texts(json);
            var dimensions = json.TryGetProperty("dimensions", out var wanted) && wanted.TryGetInt64Safe(out var value) ? (int)Math.Clamp(value, 1, 4096) : DefaultDimensions;
            var base64 = json.TryGetProperty("encoding_format", out var format) && format.ToString() == "base64";
            var tokens = texts.Sum(TokenCounter.Get(TokenCounter.O200kBase).Count);
            var buffer = new ArrayBufferWriter<byte>();
            Write(buffer, [.. texts.Select(text => HashedWords.Embed(text, dimensions))], base64, tokens);
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = buffer.WrittenCount;
            await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
            entry.Finish(200, tokens, 0);
        }
        catch (ApiException exception)
        {
            entry.Finish(exception.Error.Status, 0, 0);
            throw;
        }
    }

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

    private static void Write(IBufferWriter<byte> buffer, IReadOnlyList<float[]> vectors, bool base64, int tokens)
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
        json.WriteString("model", Model);
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
}
