using System.Collections.Frozen;
using System.Text.Json;
using Slipway.Assets;

namespace Slipway.Flags;

/// <summary>
/// Feature flags from a file in flagd's format (https://flagd.dev/reference/flag-definitions): <c>{"flags":{KEY:{"state","variants","defaultVariant","targeting"}}}</c>. Rules are JsonLogic; of
/// its operators there are <c>if</c>, <c>==</c>, <c>===</c>, <c>!=</c>, <c>!==</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>, <c>and</c>, <c>or</c>, <c>!</c>, <c>!!</c>, <c>in</c>, <c>var</c>
/// and flagd's <c>starts_with</c> and <c>ends_with</c>; a file that uses another one is refused. Immutable.
/// </summary>
public sealed class FlagSet
{
    /// <summary>No flags.</summary>
    public static readonly FlagSet Empty = new([]);

    private readonly FrozenDictionary<string, Flag> _flags;

    private FlagSet(Dictionary<string, Flag> flags) => _flags = flags.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The flags' keys.</summary>
    public IReadOnlyList<string> Keys => _flags.Keys;

    /// <summary>Reads flags.</summary>
    /// <param name="json">The file's content, UTF-8. Comments and trailing commas are allowed.</param>
    /// <exception cref="FlagFileException">Something is wrong; all of it is listed, each with the flag and the field.</exception>
    public static FlagSet Parse(ReadOnlyMemory<byte> json)
    {
        var errors = new List<string>();
        var flags = new Dictionary<string, Flag>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("flags", out var list) || list.ValueKind != JsonValueKind.Object)
                throw new FlagFileException(["'flags' is missing or is not an object."]);
            foreach (var flag in list.EnumerateObject())
            {
                if (Read(flag, errors) is { } read) flags[flag.Name] = read;
            }
        }
        catch (JsonException exception)
        {
            throw new FlagFileException([$"line {exception.LineNumber + 1}: {exception.Message}"]);
        }

        return errors.Count == 0 ? new FlagSet(flags) : throw new FlagFileException(errors);
    }

    /// <summary>The value of a flag in a context. Costs no more than its rule; never throws.</summary>
    /// <param name="key">The flag.</param>
    /// <param name="context">Values by name, which the flag's rule reads with <c>var</c>: strings, doubles, booleans or null.</param>
    public FlagEvaluation Evaluate(string key, IReadOnlyDictionary<string, object?> context)
    {
        if (!_flags.TryGetValue(key, out var flag)) return new FlagEvaluation("", default, FlagReason.NotFound);
        if (!flag.Enabled) return new FlagEvaluation("", default, FlagReason.Disabled);
        if (flag.Targeting is null) return flag.Default(FlagReason.Static);
        // flagd takes true and false for variants of these names.
        var variant = flag.Targeting.Evaluate(context) switch { string name => name, true => "true", false => "false", null => null, _ => "" };
        if (variant is null) return flag.Default(FlagReason.Default);
        return flag.Variants.TryGetValue(variant, out var value) ? new FlagEvaluation(variant, value, FlagReason.TargetingMatch) : new FlagEvaluation("", default, FlagReason.Error);
    }

    private static Flag? Read(JsonProperty property, List<string> errors)
    {
        var at = "flags." + property.Name;
        if (property.Value.ValueKind != JsonValueKind.Object)
        {
            errors.Add($"{at} is not an object.");
            return null;
        }

        var state = Text("state");
        if (state is not ("ENABLED" or "DISABLED")) errors.Add($"{at}.state is '{state}'; it must be ENABLED or DISABLED.");
        var variants = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (property.Value.TryGetProperty("variants", out var list) && list.ValueKind == JsonValueKind.Object)
        {
            foreach (var variant in list.EnumerateObject()) variants[variant.Name] = variant.Value.Clone();
        }

        if (variants.Count == 0) errors.Add($"{at}.variants is missing or empty.");
        if (variants.Values.Select(Kind).Distinct().Count() > 1) errors.Add($"{at}.variants are of several types: all of a flag's values have one.");
        var standard = Text("defaultVariant");
        if (standard is not null && !variants.ContainsKey(standard)) errors.Add($"{at}.defaultVariant is '{standard}', which is not among the variants.");
        Rule? targeting = null;
        if (property.Value.TryGetProperty("targeting", out var rule) && rule.ValueKind == JsonValueKind.Object && rule.EnumerateObject().Any())
        {
            try
            {
                targeting = Rule.Compile(rule);
            }
            catch (FormatException exception)
            {
                errors.Add($"{at}.targeting: {exception.Message}");
            }
        }

        return new Flag(state == "ENABLED", variants, standard, targeting);

        string? Text(string name) => property.Value.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        static JsonValueKind Kind(JsonElement value) => value.ValueKind == JsonValueKind.False ? JsonValueKind.True : value.ValueKind;
    }

    private sealed record Flag(bool Enabled, Dictionary<string, JsonElement> Variants, string? DefaultVariant, Rule? Targeting)
    {
        public FlagEvaluation Default(FlagReason reason) => DefaultVariant is null ? new FlagEvaluation("", default, FlagReason.Default) : new FlagEvaluation(DefaultVariant, Variants[DefaultVariant], reason);
    }
}

/// <summary>A file of flags that cannot be used: everything that is wrong with it.</summary>
/// <param name="errors">What is wrong, each with the flag and the field.</param>
public sealed class FlagFileException(IReadOnlyList<string> errors) : AssetFileException("", errors);
