using System.Buffers;
using System.Text;
using System.Text.Json;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>Reads and writes bits of JSON.</summary>
internal static class JsonText
{
    public static string Array(Action<Utf8JsonWriter> items, JsonWriterOptions options = default) => Write(json =>
    {
        json.WriteStartArray();
        items(json);
        json.WriteEndArray();
    }, options);

    public static string Object(Action<Utf8JsonWriter> fields, JsonWriterOptions options = default) => Write(json =>
    {
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
    }, options);

    /// <summary>A body of JSON.</summary>
    public static ByteArrayContent Body(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return new ByteArrayContent(buffer.WrittenSpan.ToArray()) { Headers = { ContentType = new("application/json") } };
    }

    /// <summary>A field; null where it is missing or null.</summary>
    public static JsonElement? Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A field's text; empty where there is none.</summary>
    public static string Text(this JsonElement json, string name) => json.Field(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : "";

    /// <summary>A field's number; null where there is none.</summary>
    public static int? Number(this JsonElement json, string name) => json.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    /// <summary>The items of a field that is a list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) => json.Field(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>What a caller wrote into a field of the request; null when it is empty.</summary>
    /// <exception cref="ModelException">It is not JSON of the kinds that the field has.</exception>
    public static JsonElement? Parse(string text, string field, params ReadOnlySpan<JsonValueKind> kinds)
    {
        if (text.Length == 0) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            if (kinds.Contains(document.RootElement.ValueKind)) return document.RootElement.Clone();
        }
        catch (JsonException)
        {
        }

        throw new ModelException(ServiceError.Invalid(field, $"{field} is not what OpenAI's API describes."));
    }

    private static string Write(Action<Utf8JsonWriter> value, JsonWriterOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, options)) value(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
