using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Retrieval.Filtering;

/// <summary>
/// A document's metadata as the store keeps them: a JSON object, names in ordinal order; one value is a string, several are an array of strings. The same metadata always give the same text,
/// which is part of the document's content hash.
/// </summary>
internal static class MetadataJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document without metadata.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> None { get; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Writes.</summary>
    public static string Write(IReadOnlyDictionary<string, IReadOnlyList<string>> metadata) => metadata.Count == 0
        ? "{}"
        : JsonSerializer.Serialize(new SortedDictionary<string, object>(metadata.ToDictionary(pair => pair.Key, pair => pair.Value is [var one] ? (object)one : pair.Value), StringComparer.Ordinal), Options);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string json)
    {
        if (json is "{}" or "") return None;
        using var document = JsonDocument.Parse(json);
        var metadata = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var field in document.RootElement.EnumerateObject())
        {
            metadata[field.Name] = field.Value.ValueKind == JsonValueKind.Array ? [.. field.Value.EnumerateArray().Select(value => value.GetString()!)] : [field.Value.GetString()!];
        }

        return metadata;
    }
}
