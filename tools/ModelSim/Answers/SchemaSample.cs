using System.Text.Json;

namespace Slipway.ModelSim.Answers;

/// <summary>Writes JSON of a schema: every property, the first of an enumeration, one item of an array, and the given words for text.</summary>
internal static class SchemaSample
{
    /// <summary>Deeper schemas are answered with null: they may refer to themselves.</summary>
    private const int MaxDepth = 16;

    public static void Write(Utf8JsonWriter json, JsonElement schema, string words) => Write(json, schema, schema, words, 0);

    private static void Write(Utf8JsonWriter json, JsonElement schema, JsonElement root, string words, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth)
        {
            json.WriteNullValue();
            return;
        }

        if (schema.Text("$ref") is { } reference)
        {
            Write(json, Resolve(root, reference), root, words, depth + 1);
            return;
        }

        if (schema.Field("const") is { } constant)
        {
            constant.WriteTo(json);
            return;
        }

        if (schema.Field("enum") is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() > 0)
        {
            values[0].WriteTo(json);
            return;
        }

        foreach (var union in (string[])["anyOf", "oneOf", "allOf"])
        {
            if (schema.Field(union) is not { ValueKind: JsonValueKind.Array } branches || branches.GetArrayLength() == 0) continue;
            Write(json, branches[0], root, words, depth + 1);
            return;
        }

        WriteType(json, schema, root, words, depth);
    }

    private static void WriteType(Utf8JsonWriter json, JsonElement schema, JsonElement root, string words, int depth)
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
                        Write(json, property.Value, root, words, depth + 1);
                    }
                }

                json.WriteEndObject();
                break;
            case "array":
                json.WriteStartArray();
                if (schema.Field("items") is { } items) Write(json, items, root, words, depth + 1);
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

    /// <summary>A reference within the schema: <c>#/$defs/NAME</c>.</summary>
    private static JsonElement Resolve(JsonElement root, string reference)
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
