using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.ModelSim.Attempts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim;

/// <summary><c>POST /v1/embeddings</c>: unit vectors drawn from a generator seeded with the text, so that the same text always has the same vector.</summary>
internal static class EmbeddingsApi
{
    public static WebApplication MapEmbeddings(this WebApplication app)
    {
        app.MapPost("/v1/embeddings", HandleAsync);
        return app;
    }

    private static async Task<IResult> HandleAsync(HttpContext http, SimOptions options, AttemptLog log)
    {
        JsonElement json;
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            json = body.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new ApiException(ApiError.Invalid(null, "The body is not valid JSON."));
        }

        if (!json.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String) throw new ApiException(ApiError.Invalid("model", "'model' is missing or is not a string."));
        if (!json.TryGetProperty("input", out var input)) throw new ApiException(ApiError.Invalid("input", "'input' is missing."));
        string[] texts = input.ValueKind == JsonValueKind.Array ? [.. input.EnumerateArray().Select(item => item.ToString())] : [input.ToString()];
        var dimensions = json.TryGetProperty("dimensions", out var wanted) && wanted.TryGetInt32(out var number) && number is >= 1 and <= 4096 ? number : options.Dimensions;
        var base64 = json.TryGetProperty("encoding_format", out var format) && format.ValueKind == JsonValueKind.String && format.ValueEquals("base64");
        log.Start(http.Request.Path, model.GetString()!, stream: false).Outcome = "completed";
        var tokens = texts.Sum(text => (text.Length + 3) / 4);
        return Results.Json(new
        {
            @object = "list",
            model = model.GetString(),
            data = texts.Select((text, index) => new { @object = "embedding", index, embedding = Encode(VectorOf(text, dimensions), base64) }),
            usage = new { prompt_tokens = tokens, total_tokens = tokens },
        });
    }

    private static object Encode(float[] vector, bool base64)
    {
        if (!base64) return vector;
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return Convert.ToBase64String(bytes);
    }

    private static float[] VectorOf(string text, int dimensions)
    {
        var random = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        var vector = new float[dimensions];
        for (var i = 0; i < dimensions; i++) vector[i] = (float)(random.NextDouble() * 2 - 1);
        var length = MathF.Sqrt(vector.Sum(value => value * value));
        for (var i = 0; i < dimensions; i++) vector[i] /= length;
        return vector;
    }
}
