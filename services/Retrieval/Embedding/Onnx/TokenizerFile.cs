using System.Text.Json;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>Reads <c>tokenizer.json</c> (Hugging Face tokenizers), or <c>vocab.txt</c> with <c>tokenizer_config.json</c> (the older layout of BERT).</summary>
internal static class TokenizerFile
{
    /// <exception cref="InvalidDataException">It is of a kind that is not supported, or broken; the message says what.</exception>
    public static TokenizerDefinition ReadJson(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var json = JsonDocument.Parse(file);
            return FromJson(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"tokenizer.json is not valid: {exception.Message}", exception);
        }
    }

    /// <exception cref="InvalidDataException">A file is broken, or a token is missing.</exception>
    public static TokenizerDefinition ReadVocabulary(string path, string configPath)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            if (line.TrimEnd() is { Length: > 0 } token) vocabulary[token] = number;
            number++;
        }

        using var config = JsonDocument.Parse(File.Exists(configPath) ? File.ReadAllText(configPath) : "{}");
        var root = config.RootElement;
        var lowercase = Flag(root, "do_lower_case") ?? true;
        var (unknown, cls, sep, pad) = (TokenOf(root, "unk_token", "[UNK]"), TokenOf(root, "cls_token", "[CLS]"), TokenOf(root, "sep_token", "[SEP]"), TokenOf(root, "pad_token", "[PAD]"));
        var mask = TokenOf(root, "mask_token", "[MASK]");
        foreach (var token in (string[])[unknown, cls, sep, pad])
        {
            if (!vocabulary.ContainsKey(token)) throw new InvalidDataException($"vocab.txt has no token '{token}'.");
        }

        return new TokenizerDefinition(
            vocabulary, unknown, "##", 100, true, Flag(root, "tokenize_chinese_chars") ?? true, Flag(root, "strip_accents") ?? lowercase, lowercase,
            [.. ((string[])[unknown, cls, sep, pad, mask]).Distinct().Where(vocabulary.ContainsKey).Select(token => new AddedToken(token, vocabulary[token], false, false, false))],
            [vocabulary[cls]], [vocabulary[sep]], vocabulary[pad], null);
    }

    private static TokenizerDefinition FromJson(JsonElement root)
    {
        var model = root.GetProperty("model");
        // Files of before 2020 do not name the type; WordPiece alone has a prefix of continuing tokens and no merges.
        var type = Text(model, "type") ?? (model.TryGetProperty("continuing_subword_prefix", out _) && !model.TryGetProperty("merges", out _) ? "WordPiece" : "unnamed");
        if (type != "WordPiece") throw Unsupported("model", type, "WordPiece");
        var normalizer = root.GetProperty("normalizer");
        if (Text(normalizer, "type") is not "BertNormalizer" and var normalizerType) throw Unsupported("normalizer", normalizerType, "BertNormalizer");
        if (Text(root.GetProperty("pre_tokenizer"), "type") is not "BertPreTokenizer" and var splitter) throw Unsupported("pre-tokenizer", splitter, "BertPreTokenizer");

        var vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32(), StringComparer.Ordinal);
        var unknown = Text(model, "unk_token") ?? "[UNK]";
        if (!vocabulary.ContainsKey(unknown)) throw new InvalidDataException($"tokenizer.json has no token '{unknown}' for unknown words.");
        var added = new List<AddedToken>();
        foreach (var token in root.TryGetProperty("added_tokens", out var tokens) ? tokens.EnumerateArray() : default)
        {
            var content = Text(token, "content")!;
            if (Flag(token, "normalized") ?? false) throw new InvalidDataException($"tokenizer.json has the added token '{content}', which is normalized: that is not supported.");
            added.Add(new AddedToken(content, token.GetProperty("id").GetInt32(), Flag(token, "lstrip") ?? false, Flag(token, "rstrip") ?? false, Flag(token, "single_word") ?? false));
        }

        var (first, last) = Frame(root.GetProperty("post_processor"));
        var lowercase = Flag(normalizer, "lowercase") ?? true;
        var padding = root.TryGetProperty("padding", out var pad) && pad.ValueKind == JsonValueKind.Object ? pad.GetProperty("pad_id").GetInt32()
            : added.FirstOrDefault(token => token.Content is "[PAD]" or "<pad>")?.Id ?? vocabulary.GetValueOrDefault("[PAD]");
        int? most = root.TryGetProperty("truncation", out var cut) && cut.ValueKind == JsonValueKind.Object ? cut.GetProperty("max_length").GetInt32() : null;
        return new TokenizerDefinition(
            vocabulary, unknown, Text(model, "continuing_subword_prefix") ?? "##", model.TryGetProperty("max_input_chars_per_word", out var longest) ? longest.GetInt32() : 100,
            Flag(normalizer, "clean_text") ?? true, Flag(normalizer, "handle_chinese_chars") ?? true, Flag(normalizer, "strip_accents") ?? lowercase, lowercase,
            added, first, last, padding, most);
    }

    /// <summary>What a single text is put between.</summary>
    private static (List<int> First, List<int> Last) Frame(JsonElement processor)
    {
        var type = Text(processor, "type");
        // ["[SEP]", 102]
        if (type is "BertProcessing" or "RobertaProcessing") return ([processor.GetProperty("cls")[1].GetInt32()], [processor.GetProperty("sep")[1].GetInt32()]);
        if (type != "TemplateProcessing") throw Unsupported("post-processor", type, "TemplateProcessing");
        var (first, last, seen) = (new List<int>(), new List<int>(), false);
        foreach (var piece in processor.GetProperty("single").EnumerateArray())
        {
            if (piece.TryGetProperty("Sequence", out _)) seen = true;
            else (seen ? last : first).AddRange(processor.GetProperty("special_tokens").GetProperty(piece.GetProperty("SpecialToken").GetProperty("id").GetString()!).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        }

        return (first, last);
    }

    private static InvalidDataException Unsupported(string part, string? type, string supported) =>
        new($"tokenizer.json has the {part} '{type ?? "none"}'; {supported} is supported. Models with another tokenizer can be had through the model broker (Embedder = openai).");

    /// <summary>A token of tokenizer_config.json: a string, or an object with its content.</summary>
    private static string TokenOf(JsonElement root, string name, string otherwise) =>
        !root.TryGetProperty(name, out var token) ? otherwise
        : token.ValueKind == JsonValueKind.Object ? Text(token, "content") ?? otherwise
        : token.ValueKind == JsonValueKind.String ? token.GetString()! : otherwise;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool? Flag(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
}
