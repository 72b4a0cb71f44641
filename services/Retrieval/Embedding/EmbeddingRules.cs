using Slipway.Retrieval.Embedding.Onnx;

namespace Slipway.Retrieval.Embedding;

/// <summary>What the options of the embedder must be like.</summary>
internal static class EmbeddingRules
{
    private const int LongestPrefix = 256;

    /// <summary>All that is wrong with them. The settings of an embedder that is not in use are looked at as well; its folder is not.</summary>
    public static IEnumerable<string> Validate(EmbeddingOptions options)
    {
        const string Section = "Slipway:Retrieval:Embedding";
        if (options.Embedder is not (EmbeddingOptions.LsaName or EmbeddingOptions.OnnxName or EmbeddingOptions.OpenAiName))
            yield return $"{Section}:Embedder is '{options.Embedder}'; it must be '{EmbeddingOptions.LsaName}', '{EmbeddingOptions.OnnxName}' or '{EmbeddingOptions.OpenAiName}'.";
        var onnx = options.Onnx;
        if (onnx.Pooling is not ("" or OnnxOptions.Mean or OnnxOptions.Cls))
            yield return $"{Section}:Onnx:Pooling is '{onnx.Pooling}'; it must be '{OnnxOptions.Mean}' or '{OnnxOptions.Cls}'.";
        if (onnx.MaxTokens is not 0 and (< 8 or > 8192)) yield return $"{Section}:Onnx:MaxTokens is {onnx.MaxTokens}; it must be between 8 and 8192, or 0.";
        if (options.Embedder == EmbeddingOptions.OpenAiName && options.OpenAi.Model.Length is 0 or > 256)
            yield return $"{Section}:OpenAi:Model has {options.OpenAi.Model.Length} characters; the name of an embedding model of the broker's catalog must have 1 to 256.";
        foreach (var (name, prefix) in ((string, string?)[])
            [("Onnx:QueryPrefix", onnx.QueryPrefix), ("Onnx:DocumentPrefix", onnx.DocumentPrefix), ("OpenAi:QueryPrefix", options.OpenAi.QueryPrefix), ("OpenAi:DocumentPrefix", options.OpenAi.DocumentPrefix)])
        {
            if (prefix?.Length > LongestPrefix) yield return $"{Section}:{name} has {prefix.Length} characters; at most {LongestPrefix} are accepted.";
        }

        if (options.Embedder != EmbeddingOptions.OnnxName) yield break;
        if (onnx.Path.Length == 0)
        {
            yield return $"{Section}:Onnx:Path is not set: it names the folder of the sentence transformer.";
            yield break;
        }

        foreach (var error in OnnxFolder.Check(onnx)) yield return $"{Section}:Onnx:Path: {error}";
    }
}
