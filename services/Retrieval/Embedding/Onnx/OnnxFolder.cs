using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>What the folder of a sentence transformer holds, and the options that are not set filled in from it.</summary>
/// <param name="Model">The path of model.onnx.</param>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Pooling"><c>mean</c> or <c>cls</c>.</param>
/// <param name="MaxTokens">Tokens of a text.</param>
/// <param name="QueryPrefix">Set before questions.</param>
/// <param name="DocumentPrefix">Set before passages.</param>
/// <param name="Unsupported">What comes after the pooling and cannot be done here; empty when nothing does. A model whose graph gives the sentence's vector has done it itself.</param>
/// <param name="Hash">12 hex digits of all that the vectors depend on.</param>
internal sealed record OnnxFolder(
    string Model, TokenizerDefinition Tokenizer, string Pooling, int MaxTokens, string QueryPrefix, string DocumentPrefix, string Unsupported, string Hash)
{
    private const int DefaultTokens = 512;
    private const int MostTokens = 8192;

    /// <summary>What is wrong with a folder, as far as that can be told without loading the model.</summary>
    public static IEnumerable<string> Check(OnnxOptions options)
    {
        if (!Directory.Exists(options.Path)) return [$"'{options.Path}' is not a folder."];
        var errors = new List<string>();
        if (ModelIn(options.Path) is null) errors.Add($"'{options.Path}' has neither model.onnx nor onnx/model.onnx.");
        try
        {
            Settings(options, TokenizerIn(options.Path));
        }
        catch (InvalidDataException exception)
        {
            errors.Add(exception.Message);
        }

        return errors;
    }

    /// <summary>Reads a folder. The model is read once, to be hashed.</summary>
    /// <exception cref="InvalidDataException">It cannot be used; the message says why.</exception>
    public static OnnxFolder Read(OnnxOptions options)
    {
        if (ModelIn(options.Path) is not { } model) throw new InvalidDataException($"'{options.Path}' has neither model.onnx nor onnx/model.onnx.");
        var tokenizer = TokenizerIn(options.Path);
        var (pooling, tokens, query, document, unsupported) = Settings(options, tokenizer);
        return new OnnxFolder(model, tokenizer, pooling, tokens, query, document, unsupported, HashOf(options.Path, model, pooling, tokens, query, document));
    }

    private static string? ModelIn(string folder) =>
        ((string[])[Path.Combine(folder, "model.onnx"), Path.Combine(folder, "onnx", "model.onnx")]).FirstOrDefault(File.Exists);

    private static TokenizerDefinition TokenizerIn(string folder)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json)) return TokenizerFile.ReadJson(json);
        var vocabulary = Path.Combine(folder, "vocab.txt");
        return File.Exists(vocabulary)
            ? TokenizerFile.ReadVocabulary(vocabulary, Path.Combine(folder, "tokenizer_config.json"))
            : throw new InvalidDataException($"'{folder}' has neither tokenizer.json nor vocab.txt. A tokenizer of another kind (sentencepiece.bpe.model) is not supported.");
    }

    private static (string Pooling, int Tokens, string Query, string Document, string Unsupported) Settings(OnnxOptions options, TokenizerDefinition tokenizer)
    {
        var config = Json(options.Path, "config.json");
        var positions = Number(config, "max_position_embeddings");
        var tokens = options.MaxTokens > 0 ? options.MaxTokens
            : Number(Json(options.Path, "sentence_bert_config.json"), "max_seq_length") ?? Number(Json(options.Path, "tokenizer_config.json"), "model_max_length")
            ?? tokenizer.MaxTokens ?? Math.Min(DefaultTokens, positions ?? DefaultTokens);
        if (tokens > positions) throw new InvalidDataException($"The model has {positions} positions, and texts of {tokens} tokens are asked for: set Onnx:MaxTokens to at most {positions}.");
        if (tokens <= tokenizer.First.Count + tokenizer.Last.Count) throw new InvalidDataException($"Texts of {tokens} tokens have no room beside the tokens that frame them.");
        var prompts = Json(options.Path, "config_sentence_transformers.json") is { } transformers && transformers.TryGetProperty("prompts", out var found) ? found : (JsonElement?)null;
        return (
            options.Pooling.Length > 0 ? options.Pooling : PoolingIn(options.Path),
            tokens,
            options.QueryPrefix ?? Text(prompts, "query") ?? "",
            options.DocumentPrefix ?? Text(prompts, "document") ?? Text(prompts, "passage") ?? "",
            UnsupportedIn(options.Path));
    }

    private static string PoolingIn(string folder)
    {
        if (Json(folder, "1_Pooling/config.json") is not { } config) return OnnxOptions.Mean;
        var modes = Text(config, "pooling_mode") is { } mode ? [mode]
            : config.EnumerateObject().Where(entry => entry.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) && entry.Value.ValueKind == JsonValueKind.True)
                .Select(entry => entry.Name["pooling_mode_".Length..]).ToList();
        return modes switch
        {
            ["mean" or "mean_tokens"] => OnnxOptions.Mean,
            ["cls" or "cls_token"] => OnnxOptions.Cls,
            _ => throw new InvalidDataException($"1_Pooling/config.json pools by '{string.Join(", ", modes)}'; mean_tokens or cls_token is supported. Onnx:Pooling overrides it."),
        };
    }

    /// <summary>Layers of modules.json after the transformer and its pooling. All vectors are normalised here anyway.</summary>
    private static string UnsupportedIn(string folder)
    {
        if (Json(folder, "modules.json") is not { ValueKind: JsonValueKind.Array } modules) return "";
        return string.Join(", ", modules.EnumerateArray().Select(module => Text(module, "type") ?? "").Where(type => type.Split('.')[^1] is not ("Transformer" or "Pooling" or "Normalize")));
    }

    private static JsonElement? Json(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{name} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A limit of tokens; the 10^30 that transformers writes for "none" is none.</summary>
    private static int? Number(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number && number.GetDouble() is >= 1 and <= MostTokens and var limit
            ? (int)limit : null;

    private static string? Text(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static string HashOf(string folder, string model, string pooling, int tokens, string query, string document)
    {
        using var hashing = new HashingStream(Stream.Null);
        var tokenizer = File.Exists(Path.Combine(folder, "tokenizer.json")) ? (string[])["tokenizer.json"] : ["vocab.txt", "tokenizer_config.json"];
        // Weights of more than 2 GiB lie beside the graph.
        foreach (var path in (string[])[model, model + "_data", model + ".data", .. tokenizer.Select(name => Path.Combine(folder, name))])
        {
            if (!File.Exists(path)) continue;
            using var file = File.OpenRead(path);
            hashing.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)} {file.Length}\n")));
            file.CopyTo(hashing);
        }

        hashing.Write(JsonSerializer.SerializeToUtf8Bytes((string[])[pooling, tokens.ToString(CultureInfo.InvariantCulture), query, document]));
        return Convert.ToHexStringLower(hashing.Hash())[..12];
    }
}
