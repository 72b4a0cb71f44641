using System.Text.Json;

namespace Slipway.Assets;

/// <summary>
/// Reads an asset of settings by route: <c>{"routes":{"default":{…},"NAME":{…}}}</c>, with comments and trailing commas. The route <c>default</c> serves every route that has no entry. All errors
/// are found at once.
/// </summary>
public static class RoutesFile
{
    /// <summary>The route that serves every route without an entry.</summary>
    public const string DefaultRoute = "default";

    /// <summary>Reads the file.</summary>
    /// <typeparam name="T">The settings of a route.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="purpose">What it holds, for the error when it is missing, such as "it holds the budgets".</param>
    /// <param name="read">Reads one route; it adds what is wrong to the list, each with its field.</param>
    /// <exception cref="AssetFileException">The file is wrong; the message lists every error.</exception>
    public static IReadOnlyDictionary<string, T> Read<T>(string path, string purpose, Func<JsonProperty, List<string>, T> read)
    {
        if (!File.Exists(path)) throw new AssetFileException(path, [$"it does not exist: {purpose}."]);
        return Parse(path, File.ReadAllBytes(path), read);
    }

    /// <summary>Reads the content of the file.</summary>
    /// <typeparam name="T">The settings of a route.</typeparam>
    /// <param name="file">The file, as errors tell it.</param>
    /// <param name="content">JSON in UTF-8.</param>
    /// <param name="read">Reads one route; it adds what is wrong to the list, each with its field.</param>
    /// <param name="readRest">Reads what stands beside the routes; likewise.</param>
    /// <exception cref="AssetFileException">The file is wrong; the message lists every error.</exception>
    public static IReadOnlyDictionary<string, T> Parse<T>(string file, ReadOnlyMemory<byte> content, Func<JsonProperty, List<string>, T> read, Action<JsonElement, List<string>>? readRest = null)
    {
        var errors = new List<string>();
        var routes = new Dictionary<string, T>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(content, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("routes", out var list) || list.ValueKind != JsonValueKind.Object)
                throw new AssetFileException(file, ["'routes' is missing or is not an object."]);
            foreach (var route in list.EnumerateObject()) routes[route.Name] = read(route, errors);
            readRest?.Invoke(json.RootElement, errors);
        }
        catch (JsonException exception)
        {
            throw new AssetFileException(file, [$"it is not JSON: {exception.Message}"]);
        }

        if (!routes.ContainsKey(DefaultRoute)) errors.Add($"routes.{DefaultRoute} is missing.");
        return errors.Count == 0 ? routes : throw new AssetFileException(file, errors);
    }
}
