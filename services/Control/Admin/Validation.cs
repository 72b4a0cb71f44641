using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Admin;

/// <summary>Checks of what admins send. Each failure names the field and the limit.</summary>
internal static partial class Validation
{
    /// <summary>Ids and names that stand in URLs, headers and cache keys: 1 to 64 of a-z, 0-9, '.', '_', '-', first a letter or digit.</summary>
    internal static string Slug([NotNull] string? value, string field) => value is not null && SlugPattern().IsMatch(value)
        ? value
        : throw Invalid(field, $"'{field}' must be 1 to 64 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit.");

    internal static string Text([NotNull] string? value, string field, int max, int min = 1)
    {
        if (value is null) throw Invalid(field, $"'{field}' is missing.", "missing_required_parameter");
        return OptionalText(value, field, max, min)!;
    }

    internal static string? OptionalText(string? value, string field, int max, int min = 0)
    {
        if (value is null) return null;
        if (value.Length < min || value.Length > max) throw Invalid(field, $"'{field}' must have {min} to {max} characters; it has {value.Length}.");
        foreach (var character in value)
        {
            if (char.IsControl(character) && character is not ('\n' or '\t' or '\r')) throw Invalid(field, $"'{field}' must not contain control characters.");
        }

        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i])) continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1])) throw Invalid(field, $"'{field}' is not valid Unicode.");
            i++;
        }

        return value;
    }

    /// <summary>A filter of a query: null when it is empty. PostgreSQL refuses U+0000 in a text, and no record holds a longer one.</summary>
    internal static string? Filter(string? value, string field) => string.IsNullOrEmpty(value) ? null : OptionalText(value, field, 200);

    internal static int Range(int value, string field, int min, int max) =>
        value >= min && value <= max ? value : throw Invalid(field, $"'{field}' must be between {min} and {max}; it is {value}.");

    internal static ApiException Invalid(string? field, string message, string code = "invalid_value") => new(ApiError.Invalid(field, message, code));

    // \z, not $: that would let a line break at the end through.
    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex SlugPattern();
}
