using System.Text;
using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Answers;

/// <summary>Reads fields of requests.</summary>
internal static class JsonFields
{
    /// <summary>A field's text; null where it is missing or is none.</summary>
    public static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A field; null where it is missing or null.</summary>
    public static JsonElement? Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Whether a field is <c>true</c>.</summary>
    public static bool Flag(this JsonElement json, string name) => json.Field(name) is { ValueKind: JsonValueKind.True };

    /// <summary>False for what is no number, instead of an exception.</summary>
    public static bool TryGetInt64Safe(this JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }

    /// <summary>A positive number; null where the field is missing.</summary>
    /// <exception cref="ApiException">It is something else.</exception>
    public static int? Positive(this JsonElement json, string name)
    {
        if (json.Field(name) is not { } limit) return null;
        return limit.TryGetInt64Safe(out var value) && value is >= 1 and <= int.MaxValue ? (int)value : throw Invalid(name, $"'{name}' must be a positive integer.");
    }

    /// <summary>The model's name.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public static string Model(this JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Invalid(null, "The body is not a JSON object.");
        return json.Text("model") ?? throw Invalid("model", "you must provide a model parameter");
    }

    /// <summary>The roles and texts of <c>messages</c>.</summary>
    /// <exception cref="ApiException">There are none, or one has no role.</exception>
    public static List<(string Role, string Text)> Messages(this JsonElement json)
    {
        if (json.Field("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0) throw Invalid("messages", "'messages' must be a list that is not empty.");
        var read = new List<(string, string)>(messages.GetArrayLength());
        foreach (var message in messages.EnumerateArray())
        {
            if (message.Text("role") is not { } role) throw Invalid($"messages[{read.Count}].role", "A message has a role.");
            read.Add((role, message.Field("content") is { } content ? Content(content) : ""));
        }

        return read;
    }

    /// <summary>A list of strings, or one string; what else is in it is left out.</summary>
    public static IReadOnlyList<string> Strings(this JsonElement json, string name) => json.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
        _ => [],
    };

    /// <summary>The text of a content that is text or parts of it.</summary>
    public static string Content(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
        if (content.ValueKind != JsonValueKind.Array) return "";
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray()) text.Append(part.Text("text"));
        return text.ToString();
    }

    public static ApiException Invalid(string? param, string message) => new(ApiError.Invalid(param, message, "invalid_request_error"));
}
