using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Http;

/// <summary>Typed access to the fields of a request. JSON null counts as absent, as OpenAI's API has it.</summary>
internal static class JsonFields
{
    public static bool Has(this JsonElement json, string name, out JsonElement value)
    {
        try
        {
            return json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(null, "A property name contains an incomplete surrogate pair.");
        }
    }

    public static string RequiredString(this JsonElement json, string name, int most)
    {
        if (!json.Has(name, out _)) throw Missing(name);
        return json.OptionalString(name, most)!;
    }

    public static string? OptionalString(this JsonElement json, string name, int most)
    {
        if (!json.Has(name, out var value)) return null;
        var text = value.Text(name);
        return text.Length <= most ? text : throw Invalid(name, $"'{name}' has {text.Length} characters; the limit is {most}.");
    }

    /// <summary>The text of a JSON string; lone surrogates and the like are refused.</summary>
    public static string Text(this JsonElement value, string param)
    {
        if (value.ValueKind != JsonValueKind.String) throw WrongType(param, "a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(param, $"'{param}' contains an incomplete surrogate pair.");
        }
    }

    /// <summary>The name of a property; see <see cref="Text"/>.</summary>
    public static string NameText(this JsonProperty property, string param)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(param, $"A name in '{param}' contains an incomplete surrogate pair.");
        }
    }

    public static double? OptionalNumber(this JsonElement json, string name, double least, double most)
    {
        if (!json.Has(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Number) throw WrongType(name, "a number");
        var number = value.GetDouble();
        return number >= least && number <= most ? number : throw Invalid(name, $"'{name}' is {number}; it must be {least} to {most}.");
    }

    public static long? OptionalInteger(this JsonElement json, string name, long least, long most)
    {
        if (!json.Has(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number)) throw WrongType(name, "an integer");
        return number >= least && number <= most ? number : throw Invalid(name, $"'{name}' is {number}; it must be {least} to {most}.");
    }

    public static bool? OptionalBool(this JsonElement json, string name)
    {
        if (!json.Has(name, out var value)) return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw WrongType(name, "true or false");
    }

    public static ApiException Missing(string param) => new(ApiError.Invalid(param, $"Missing required parameter: '{param}'.", "missing_required_parameter"));

    public static ApiException WrongType(string param, string expected) => new(ApiError.Invalid(param, $"Invalid type for '{param}': expected {expected}.", "invalid_type"));

    public static ApiException Invalid(string? param, string message) => new(ApiError.Invalid(param, message));

    public static ApiException Unsupported(string param, string message) => new(ApiError.Invalid(param, message, "unsupported_parameter"));
}
