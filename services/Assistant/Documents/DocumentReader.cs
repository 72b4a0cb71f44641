using System.Globalization;
using System.Text.Json;
using Slipway.Assistant.Http;
using Slipway.Contracts;

namespace Slipway.Assistant.Documents;

/// <summary>
/// Reads a document from a JSON line: <c>{id, title?, text, content_type?: "text" | "markdown", metadata?: {string: value | [value]}}</c>, where a value is a string, a number or a
/// boolean.
/// Limits of the values are retrieval's to check.
/// </summary>
internal static class DocumentReader
{
    public static UpsertDocumentRequest Read(JsonElement json)
    {
        var document = new UpsertDocumentRequest
        {
            Id = json.RequiredString("id", 1024),
            Title = json.OptionalString("title", 4096) ?? "",
            Text = json.RequiredString("text", int.MaxValue),
            ContentType = (json.OptionalString("content_type", 64) ?? "text") switch
            {
                "text" or "text/plain" => ContentType.Text,
                "markdown" or "text/markdown" => ContentType.Markdown,
                _ => throw JsonFields.Invalid("content_type", "'content_type' must be text or markdown."),
            },
        };
        if (!json.Has("metadata", out var metadata)) return document;
        if (metadata.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType("metadata", "an object");
        foreach (var item in metadata.EnumerateObject())
        {
            var name = item.NameText("metadata");
            document.Metadata[name] = Values("metadata." + name, item.Value);
        }

        return document;
    }

    /// <summary>A field of metadata, or of a filter: one value or a list of them, as text.</summary>
    public static MetadataValues Values(string field, JsonElement json)
    {
        var values = new MetadataValues();
        if (json.ValueKind == JsonValueKind.Array) values.Values.AddRange(json.EnumerateArray().Select(value => Value(field, value)));
        else values.Values.Add(Value(field, json));
        return values;
    }

    /// <summary>A value as text: numbers in their shortest form, so that 2024 and 2024.0 are the same.</summary>
    public static string Value(string field, JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.Text(field),
        JsonValueKind.Number => json.TryGetDecimal(out var exact) ? Shortest(exact) : json.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => throw JsonFields.WrongType(field, "a string, a number, a boolean, or a list of these"),
    };

    // Division by 1.000… takes the zeros after the point away.
    private static string Shortest(decimal number) => (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
}
