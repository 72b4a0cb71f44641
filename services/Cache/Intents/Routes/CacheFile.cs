using System.Text.Json;
using Slipway.Assets;

namespace Slipway.Cache.Intents.Routes;

/// <summary>
/// Reads <c>ai/cache.json</c>: <c>{"routes":{"default":{"intents","threshold","sampleShare","falseHitBound","minSamples"}}}</c>. The route <c>default</c> serves every
/// route that has no entry. All errors are found at once.
/// </summary>
internal static class CacheFile
{
    internal const string DefaultRoute = RoutesFile.DefaultRoute;

    private static readonly string[] Fields = ["intents", "threshold", "sampleShare", "falseHitBound", "minSamples"];

    /// <exception cref="InvalidOperationException">The file is wrong; the message lists every error.</exception>
    internal static IReadOnlyDictionary<string, IntentRoute> Read(string path) =>
        RoutesFile.Read(path, "it says how each route reuses answers", ReadRoute);

    private static IntentRoute ReadRoute(JsonProperty route, List<string> errors)
    {
        var at = "routes." + route.Name;
        var value = route.Value;
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add($"{at} is not an object.");
            return IntentRoute.Default;
        }

        foreach (var field in value.EnumerateObject())
            if (!Fields.Contains(field.Name)) errors.Add($"{at}.{field.Name} is no field: {string.Join(", ", Fields)}.");
        var enabled = false;
        if (!value.TryGetProperty("intents", out var intents) || intents.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) errors.Add($"{at}.intents is missing or is neither true nor false.");
        else enabled = intents.GetBoolean();
        return new IntentRoute(
            enabled,
            Number(value, at, "threshold", 0.5, 1, errors),
            Number(value, at, "sampleShare", 0, 1, errors),
            Number(value, at, "falseHitBound", 0.0001, 0.5, errors),
            (int)Number(value, at, "minSamples", 5, 1_000, errors));
    }

    private static double Number(JsonElement parent, string at, string name, double least, double most, List<string> errors)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number))
        {
            errors.Add($"{at}.{name} is missing or is not a number.");
            return least;
        }

        if (number >= least && number <= most) return number;
        errors.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at}.{name} is {number}; it must be {least} to {most}."));
        return least;
    }
}
