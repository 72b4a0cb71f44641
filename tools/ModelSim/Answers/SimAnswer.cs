using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.ModelSim.Answers;

/// <summary>
/// Makes answers that look like language and depend on nothing but model, messages and seed. A prompt with passages gets the beginning of the first, cited;
/// one that wants JSON gets JSON.
/// </summary>
internal static partial class SimAnswer
{
    private static readonly string[] Words =
    [
        "the", "release", "runs", "on", "a", "small", "set", "of", "steps", "that", "each", "team", "can", "check", "before", "traffic", "moves", "and", "every", "result", "is", "kept", "with",
        "its", "reason", "so", "later", "questions", "have", "an", "answer", "when", "limits", "change", "or", "costs", "rise", "first", "then", "again", "in", "order", "by", "time", "for", "all",
        "models", "prompts", "caches", "passages", "budgets", "quotas", "traces", "deploys", "reviews", "rollbacks", "signals", "graphs", "tests", "flags",
    ];

    /// <summary>The pieces of the answer, each a word with the space before it.</summary>
    public static List<string> Make(ChatRequest request, int words)
    {
        var random = Seed(request);
        var text = new List<string>(words);
        if (request.WantsJson)
        {
            text.AddRange(["{\"answer\":", " \"", Words[Next(ref random, Words.Length)]]);
            for (var i = 1; i < words; i++) text.Add(" " + Words[Next(ref random, Words.Length)]);
            text.Add("\"}");
            return text;
        }

        if (FirstPassage(request) is { } passage)
        {
            var quoted = passage.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(Math.Max(1, words - 1)).ToList();
            for (var i = 0; i < quoted.Count; i++) text.Add(i == 0 ? quoted[i] : " " + quoted[i]);
            text.Add(" [1].");
            return text;
        }

        for (var i = 0; i < words; i++)
        {
            var word = Words[Next(ref random, Words.Length)];
            text.Add(i == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : " " + word);
        }

        text[^1] += ".";
        return text;
    }

    /// <summary>JSON of a schema, in pieces.</summary>
    public static List<string> Json(ChatRequest request, JsonElement? schema)
    {
        if (schema is not { } known) return ["{", "}"];
        var random = Seed(request);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) new SchemaSample(known, Words[Next(ref random, Words.Length)] + " " + Words[Next(ref random, Words.Length)], NumberedTexts(request)).Write(json);
        return [.. Encoding.UTF8.GetString(buffer.WrittenSpan).Chunk(8).Select(piece => new string(piece))];
    }

    /// <summary>The texts of a question that is <c>{"texts":{NAME:TEXT}}</c>, by name.</summary>
    private static Dictionary<string, string> NumberedTexts(ChatRequest request)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Messages is not [.., ("user", var question)] || !question.StartsWith('{')) return texts;
        try
        {
            using var json = JsonDocument.Parse(question);
            if (json.RootElement.Field("texts") is not { ValueKind: JsonValueKind.Object } named) return texts;
            foreach (var text in named.EnumerateObject().Where(text => text.Value.ValueKind == JsonValueKind.String)) texts[text.Name] = text.Value.GetString()!;
        }
        catch (JsonException)
        {
        }

        return texts;
    }

    private static string? FirstPassage(ChatRequest request)
    {
        foreach (var message in request.Messages)
        {
            if (message.Text.Contains("<passage ", StringComparison.Ordinal) && Passage().Match(message.Text) is { Success: true } match) return match.Groups[1].Value;
        }

        return null;
    }

    /// <summary>FNV-1a over all that an answer depends on.</summary>
    private static ulong Seed(ChatRequest request)
    {
        var hash = 14695981039346656037UL;
        Add(request.Model);
        foreach (var message in request.Messages)
        {
            Add(message.Role);
            Add(message.Text);
        }

        return hash ^ (ulong)(request.Seed ?? 0) * 0x9E3779B97F4A7C15UL;

        void Add(string text)
        {
            foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
            hash = (hash ^ 0x1F) * 1099511628211UL;
        }
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    private static int Next(ref ulong state, int below)
    {
        state += 0x9E3779B97F4A7C15UL;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)below);
    }

    [GeneratedRegex(@"<passage n=""1""[^>]*>\s*(.*?)\s*</passage>", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Passage();
}
