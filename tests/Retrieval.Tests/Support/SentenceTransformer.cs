using System.Text.Json.Nodes;

namespace Slipway.Retrieval.Tests.Support;

/// <summary>A folder as Hugging Face lays out a sentence transformer, with a small model: the vector of a token is drawn by chance from its seed.</summary>
internal static class SentenceTransformer
{
    public const int Dimensions = 24;

    /// <summary>Special tokens, letters and digits as words and as continuations, punctuation, and some words.</summary>
    public static string[] Vocabulary { get; } =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
        .. "abcdefghijklmnopqrstuvwxyz0123456789".SelectMany(letter => new[] { $"{letter}", $"##{letter}" }),
        .. "!#$%&()*+,-./:;=?_".Select(mark => $"{mark}"),
        "the", "release", "canary", "cache", "quota", "tenant", "vector", "index", "embedding", "model", "provider", "prompt", "template", "token", "budget", "rolls", "back", "answers", "query", "passage", "##ing",
    ];

    public static float[][] Table(int seed = 7, int dimensions = Dimensions)
    {
        var random = new Random(seed);
        return [.. Vocabulary.Select(_ => Enumerable.Range(0, dimensions).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray())];
    }

    /// <summary>Writes the folder.</summary>
    public static string Write(string folder, byte[]? model = null, string modelPath = "model.onnx", string? pooling = null, int maxTokens = 64)
    {
        var file = Path.Combine(folder, modelPath);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, model ?? OnnxFile.Tokens(Table()));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer().ToJsonString());
        File.WriteAllText(Path.Combine(folder, "sentence_bert_config.json"), $$"""{"max_seq_length": {{maxTokens}}, "do_lower_case": false}""");
        if (pooling is null) return folder;
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), $$"""{"word_embedding_dimension": 24, "pooling_mode_cls_token": {{Flag("cls")}}, "pooling_mode_mean_tokens": {{Flag("mean")}}, "pooling_mode_max_tokens": {{Flag("max")}}}""");
        return folder;

        string Flag(string mode) => pooling == mode ? "true" : "false";
    }

    public static JsonObject Tokenizer()
    {
        var vocabulary = new JsonObject();
        for (var i = 0; i < Vocabulary.Length; i++) vocabulary.TryAdd(Vocabulary[i], i);
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray([.. Vocabulary.Take(5).Select((token, id) => (JsonNode)new JsonObject { ["id"] = id, ["content"] = token, ["normalized"] = false, ["special"] = true })]),
            ["normalizer"] = new JsonObject { ["type"] = "BertNormalizer", ["clean_text"] = true, ["handle_chinese_chars"] = true, ["strip_accents"] = null, ["lowercase"] = true },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = new JsonObject { ["type"] = "BertProcessing", ["sep"] = new JsonArray("[SEP]", 3), ["cls"] = new JsonArray("[CLS]", 2) },
            ["model"] = new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 100, ["vocab"] = vocabulary },
        };
    }
}
