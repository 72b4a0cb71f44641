using System.Text.Json;
using System.Text.Json.Nodes;
using Lucene.Net.Analysis.TokenAttributes;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>An error as Elasticsearch gives it.</summary>
internal sealed class FakeError(int status, string type, string reason) : Exception(reason)
{
    public int Status => status;

    public string Type => type;

    public JsonObject ToJson() => new()
    {
        ["error"] = new JsonObject { ["root_cause"] = new JsonArray(Cause()), ["type"] = type, ["reason"] = Message },
        ["status"] = status,
    };

    public JsonObject Cause() => new() { ["type"] = type, ["reason"] = Message };
}

/// <summary>A document: its source, and the words of its texts.</summary>
internal sealed record FakeDocument(string Id, JsonElement Source, IReadOnlyDictionary<string, IReadOnlyList<string>> Words);

/// <summary>An index: what was written, and what searches see of it since the last refresh. It never refreshes by itself.</summary>
internal sealed class FakeIndex
{
    private readonly Dictionary<string, FakeDocument> _written = new(StringComparer.Ordinal);

    public FakeIndex(string name, JsonElement definition)
    {
        if (name.Length is 0 or > 255 || name != name.ToLowerInvariant() || "-_+".Contains(name[0]) || name.Any(c => "\\/*?\"<>| ,#:".Contains(c)))
            throw new FakeError(400, "invalid_index_name_exception", $"Invalid index name [{name}]");
        Name = name;
        Definition = definition;
        var mappings = definition.GetProperty("mappings");
        if (mappings.GetProperty("dynamic").GetString() != "strict") throw new FakeError(400, "illegal_argument_exception", "this fake knows strict mappings only");
        Properties = mappings.GetProperty("properties").EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
        foreach (var (field, property) in Properties) CheckProperty(field, property);
    }

    public string Name { get; }

    public JsonElement Definition { get; }

    public IReadOnlyDictionary<string, JsonElement> Properties { get; }

    public IReadOnlyDictionary<string, FakeDocument> Visible { get; private set; } = new Dictionary<string, FakeDocument>();

    public IReadOnlyDictionary<string, FakeDocument> Written => _written;

    public IEnumerable<string> Aliases => Definition.TryGetProperty("aliases", out var aliases) ? aliases.EnumerateObject().Select(alias => alias.Name) : [];

    public void Refresh() => Visible = new Dictionary<string, FakeDocument>(_written, StringComparer.Ordinal);

    public void Remove(string id) => _written.Remove(id);

    /// <summary>Puts a document in. False when it was there and is to be made.</summary>
    public bool Put(string id, JsonElement source, bool create)
    {
        if (create && _written.ContainsKey(id)) return false;
        var words = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var field in source.EnumerateObject())
        {
            if (!Properties.TryGetValue(field.Name, out var property))
                throw new FakeError(400, "strict_dynamic_mapping_exception", $"[1:1] mapping set to strict, dynamic introduction of [{field.Name}] within [_doc] is not allowed");
            CheckValue(field.Name, property, field.Value, id);
            if (property.GetProperty("type").GetString() == "text") words[field.Name] = Analyze(field.Value.GetString()!);
        }

        _written[id] = new FakeDocument(id, source.Clone(), words);
        return true;
    }

    /// <summary>The words of a text, by the analysis that the real one is asked for.</summary>
    public static IReadOnlyList<string> Analyze(string text)
    {
        using var analyzer = new ChunkAnalyzer();
        using var stream = analyzer.GetTokenStream("body", text);
        var term = stream.GetAttribute<ICharTermAttribute>();
        var words = new List<string>();
        stream.Reset();
        while (stream.IncrementToken()) words.Add(term.ToString()!);
        stream.End();
        return words;
    }

    private void CheckProperty(string field, JsonElement property)
    {
        switch (property.GetProperty("type").GetString())
        {
            case "long" or "keyword":
                break;
            case "text":
                var analyzer = Definition.GetProperty("settings").GetProperty("analysis").GetProperty("analyzer").GetProperty(property.GetProperty("analyzer").GetString()!);
                foreach (var filter in analyzer.GetProperty("filter").EnumerateArray().Select(name => name.GetString()!))
                {
                    if (filter is not ("lowercase" or "porter_stem") && !Definition.GetProperty("settings").GetProperty("analysis").GetProperty("filter").TryGetProperty(filter, out _))
                        throw new FakeError(400, "illegal_argument_exception", $"Custom Analyzer failed to find filter under name [{filter}]");
                }

                break;
            case "dense_vector":
                if (property.GetProperty("dims").GetInt32() is < 1 or > 4096) throw new FakeError(400, "mapper_parsing_exception", $"The number of dimensions for field [{field}] should be in the range [1, 4096]");
                break;
            case var type:
                throw new FakeError(400, "mapper_parsing_exception", $"No handler for type [{type}] declared on field [{field}]");
        }
    }

    private static void CheckValue(string field, JsonElement property, JsonElement value, string id)
    {
        var fits = property.GetProperty("type").GetString() switch
        {
            "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "text" => value.ValueKind == JsonValueKind.String,
            "keyword" => value.ValueKind == JsonValueKind.String || (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)),
            "dense_vector" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == property.GetProperty("dims").GetInt32() && value.EnumerateArray().Any(one => one.GetDouble() != 0),
            _ => false,
        };
        if (!fits)
        {
            throw new FakeError(
                400, "document_parsing_exception", $"[1:1] failed to parse field [{field}] of type [{property.GetProperty("type").GetString()}] in document with id '{id}'. Preview of field's value: '{value}'");
        }
    }
}
