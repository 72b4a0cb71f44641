using System.Text.Json;

namespace Slipway.Assistant.Warming;

/// <summary>
/// Reads <c>ai/datasets/intents/warming.jsonl</c>: questions to answer before anybody asks them, one object a line, each with <c>tenant</c> and one of
/// <c>question</c>; <c>template</c> with <c>values</c>, <c>{"name":["…"]}</c>, of which each <c>{name}</c> in it takes every value; or <c>queries</c>, a file of
/// judged questions (BEIR's form) beside it. All errors are found at once. Without the file there is nothing.
/// </summary>
internal static class WarmingFile
{
    /// <summary>The most questions that a tenant's lines may give; more is a mistake.</summary>
    internal const int MostQuestions = 2_000;

    /// <summary>The questions by tenant, in the file's order, each once.</summary>
    /// <exception cref="InvalidOperationException">The file is wrong; the message lists every error.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(string path)
    {
        var errors = new List<string>();
        var tenants = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (index, line) in (File.Exists(path) ? File.ReadLines(path) : []).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var at = $"line {index + 1}";
            try
            {
                using var json = JsonDocument.Parse(line);
                if (Text(json.RootElement, "tenant") is not { } tenant)
                {
                    errors.Add($"{at}: 'tenant' is missing.");
                    continue;
                }

                if (!tenants.TryGetValue(tenant, out var questions)) tenants[tenant] = questions = [];
                questions.AddRange(ReadLine(json.RootElement, at, path, errors));
            }
            catch (JsonException)
            {
                errors.Add($"{at} is not JSON.");
            }
        }

        foreach (var (tenant, questions) in tenants)
            if (questions.Count > MostQuestions) errors.Add($"tenant {tenant} has {questions.Count} questions; the limit is {MostQuestions}.");
        if (errors.Count > 0) throw new InvalidOperationException($"{path} has {errors.Count} errors:\n- " + string.Join("\n- ", errors));
        return tenants.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<string>)[.. pair.Value.Distinct(StringComparer.Ordinal)], StringComparer.Ordinal);
    }

    private static IEnumerable<string> ReadLine(JsonElement line, string at, string path, List<string> errors)
    {
        if (Text(line, "question") is { } question) return [question];
        if (Text(line, "template") is { } template) return Fill(template, line, at, errors);
        if (Text(line, "queries") is { } file) return ReadQueries(Path.Combine(Path.GetDirectoryName(path)!, file), at, errors);
        errors.Add($"{at} has none of 'question', 'template' and 'queries'.");
        return [];
    }

    private static List<string> Fill(string template, JsonElement line, string at, List<string> errors)
    {
        List<string> filled = [template];
        if (line.TryGetProperty("values", out var values) && values.ValueKind == JsonValueKind.Object)
        {
            foreach (var value in values.EnumerateObject())
            {
                if (value.Value.ValueKind != JsonValueKind.Array || value.Value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String)) errors.Add($"{at}: 'values.{value.Name}' is not an array of texts.");
                else if (filled.Count * value.Value.GetArrayLength() > MostQuestions) errors.Add($"{at} gives more than {MostQuestions} questions.");
                else filled = [.. filled.SelectMany(text => value.Value.EnumerateArray().Select(item => text.Replace("{" + value.Name + "}", item.GetString(), StringComparison.Ordinal)))];
            }
        }

        if (filled.Any(text => text.Contains('{'))) errors.Add($"{at}: the template has a name without values.");
        return filled;
    }

    private static List<string> ReadQueries(string path, string at, List<string> errors)
    {
        if (!File.Exists(path))
        {
            errors.Add($"{at}: {path} does not exist.");
            return [];
        }

        List<string> questions = [];
        foreach (var line in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(line);
            if (Text(json.RootElement, "text") is { } text) questions.Add(text);
        }

        return questions;
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
