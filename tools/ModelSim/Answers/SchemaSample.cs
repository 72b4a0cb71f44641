using System.Text.Json;

namespace Slipway.ModelSim.Answers;

/// <summary>
/// Writes JSON of a schema: every property, the first of an enumeration, one item of an array, and the given words for text. Of an enumeration under a property's name, the
/// first value that the text of that name contains is written, where there is such a text: so the simulator classifies.
/// </summary>
/// <param name="root">The schema.</param>
/// <param name="words">What texts are made of.</param>
/// <param name="texts">Texts of the question, by name.</param>
internal sealed class SchemaSample(JsonElement root, string words, IReadOnlyDictionary<string, string> texts)
{
    /// <summary>Deeper schemas are answered with null: they may refer to themselves.</summary>
    private const int MaxDepth = 16;

    public void Write(Utf8JsonWriter json) => Write(json, root, "", 0);

    private void Write(Utf8JsonWriter json, JsonElement schema, string name, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            json.WriteNullValue();
            return;
        }

        if (schema.Text("$ref") is { } reference)
        {
            Write(json, Resolve(reference), name, depth + 1);
            return;
        }

        if (schema.Field("const") is { } constant)
        {
            constant.WriteTo(json);
            return;
        }

        if (schema.Field("enum") is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() > 0)
        {
            Choose(values, name).WriteTo(json);
            return;
        }

        foreach (var union in (string[])["anyOf", "oneOf", "allOf"])
        {
            if (schema.Field(union) is not { ValueKind: JsonValueKind.Array } branches || branches.GetArrayLength() == 0) continue;
            Write(json, branches[0], name, depth + 1);
            return;
        }

        WriteType(json, schema, name, depth);
    }

    private void WriteType(Utf8JsonWriter json, JsonElement schema, string name, int depth)
    {
        var type = schema.Field("type") is { ValueKind: JsonValueKind.Array } types && types.GetArrayLength() > 0 ? types[0].ToString() : schema.Text("type");
        switch (type ?? (schema.Field("properties") is null ? "string" : "object"))
        {
            case "object":
                json.WriteStartObject();
                if (schema.Field("properties") is { ValueKind: JsonValueKind.Object } properties)
                {
                    foreach (var property in properties.EnumerateObject())
                    {
                        json.WritePropertyName(property.Name);
                        Write(json, property.Value, property.Name, depth + 1);
                    }
                }

                json.WriteEndObject();
                break;
            case "array":
                json.WriteStartArray();
                if (schema.Field("items") is { } items) Write(json, items, name, depth + 1);
                json.WriteEndArray();
                break;
            case "integer" or "number":
                if (schema.Field("minimum") is { ValueKind: JsonValueKind.Number } minimum) minimum.WriteTo(json);
                else json.WriteNumberValue(0);
                break;
            case "boolean":
                json.WriteBooleanValue(true);
                break;
            case "null":
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(words);
                break;
        }
    }

    private JsonElement Choose(JsonElement values, string name)
    {
        if (!texts.TryGetValue(name, out var text)) return values[0];
        foreach (var value in values.EnumerateArray())
            if (value.ValueKind == JsonValueKind.String && text.Contains(value.GetString()!, StringComparison.OrdinalIgnoreCase)) return value;
        return values[0];
    }

    /// <summary>A reference within the schema: <c>#/$defs/NAME</c>.</summary>
    private JsonElement Resolve(string reference)
    {
        var at = root;
        if (!reference.StartsWith('#')) return default;
        foreach (var part in reference.Split('/').Skip(1))
        {
            if (at.Field(part) is not { } next) return default;
            at = next;
        }

        return at;
    }
}
