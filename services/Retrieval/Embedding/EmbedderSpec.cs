using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Retrieval.Embedding.Broker;
using Slipway.Retrieval.Embedding.Onnx;

namespace Slipway.Retrieval.Embedding;

/// <summary>How the embedder of a generation is had again in another process, also when the configuration names another one by then. Kept with the generation.</summary>
/// <param name="Embedder">lsa, onnx or openai.</param>
/// <param name="Dimensions">The dimensions of its vectors, where only an answer tells them.</param>
/// <param name="Onnx">The folder.</param>
/// <param name="OpenAi">The model.</param>
internal sealed record EmbedderSpec(string Embedder, int Dimensions = 0, OnnxOptions? Onnx = null, OpenAiOptions? OpenAi = null)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>As the store keeps it; LSA, which is fitted and kept in a file, as nothing.</summary>
    public string ToJson() => Embedder == EmbeddingOptions.LsaName ? "" : JsonSerializer.Serialize(this, Format);

    /// <summary>The reverse of <see cref="ToJson"/>.</summary>
    public static EmbedderSpec FromJson(string json) => json.Length == 0 ? new EmbedderSpec(EmbeddingOptions.LsaName) : JsonSerializer.Deserialize<EmbedderSpec>(json, Format)!;
}
