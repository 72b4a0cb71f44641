using System.Text.Json;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Seeding;

/// <summary>A document as the folder has it.</summary>
internal sealed record SeedDocument(string Id, string Title, string Text, TextFormat Format, string FallbackTitle);

/// <summary>
/// Reads a folder of documents, in the ordinal order of their paths. A Markdown or text file is a document whose id is its path in the folder with forward slashes;
/// a JSONL file holds a document in each line: <c>{"_id" or "id", "title", "text"}</c>.
/// </summary>
internal static class SeedFolder
{
    /// <summary>The documents. <paramref name="problem"/> hears of files and lines that cannot be read; they are passed over.</summary>
    public static IEnumerable<SeedDocument> Read(string folder, Action<string, string> problem)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => (Path: path, Id: Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(file => !file.Id.Split('/').Any(part => part.StartsWith('.')))
            .OrderBy(file => file.Id, StringComparer.Ordinal);
        foreach (var (path, id) in files)
        {
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".md" or ".markdown":
                    if (ReadText(path, id, problem) is { } markdown) yield return new SeedDocument(id, "", markdown, TextFormat.Markdown, Path.GetFileNameWithoutExtension(path));
                    break;
                case ".txt":
                    if (ReadText(path, id, problem) is { } text) yield return new SeedDocument(id, "", text, TextFormat.Plain, Path.GetFileNameWithoutExtension(path));
                    break;
                case ".jsonl":
                    foreach (var document in ReadLines(path, id, problem)) yield return document;
                    break;
            }
        }
    }

    private static string? ReadText(string path, string id, Action<string, string> problem)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem(id, exception.Message);
            return null;
        }
    }

    private static IEnumerable<SeedDocument> ReadLines(string path, string file, Action<string, string> problem)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            SeedDocument? document = null;
            try
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                var id = Property(root, "_id") ?? Property(root, "id");
                var text = Property(root, "text");
                if (id is null || text is null) problem($"{file}:{number}", "a line needs the strings _id (or id) and text");
                else document = new SeedDocument(id, Property(root, "title") ?? "", text, TextFormat.Plain, "");
            }
            catch (JsonException)
            {
                problem($"{file}:{number}", "is not valid JSON");
            }

            if (document is not null) yield return document;
        }
    }

    private static string? Property(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
