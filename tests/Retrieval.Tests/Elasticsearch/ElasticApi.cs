using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Testing;
using Slipway.Testing.OpenApi;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>The official description of Elasticsearch's REST API, as far as requests and answers can be checked against it. Lines of a bulk request's documents are not described.</summary>
internal sealed class ElasticApi
{
    private static readonly Lazy<ElasticApi?> Loaded = new(Load);

    private readonly SchemaCheck _schemas;
    private readonly List<(string Method, string Template, string[] Segments, JsonElement Operation)> _operations = [];
    private readonly JsonElement _bulkAction;

    private ElasticApi(JsonElement description)
    {
        _schemas = new SchemaCheck(description);
        _bulkAction = description.GetProperty("components").GetProperty("schemas").GetProperty("_global.bulk.OperationContainer");
        foreach (var path in description.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject()) _operations.Add((operation.Name, path.Name, path.Name.Split('/', StringSplitOptions.RemoveEmptyEntries), operation.Value));
        }
    }

    /// <summary>Why nothing is checked where the description is absent.</summary>
    public static string Absent => "../shared/data/elasticsearch-openapi is not there: the OpenAPI description of Elasticsearch 9.5.";

    /// <summary>The description, or null where it is absent.</summary>
    public static ElasticApi? Description => Loaded.Value;

    /// <summary>What is wrong with a request.</summary>
    public IReadOnlyList<string> CheckRequest(string method, string path, IReadOnlyDictionary<string, string> query, string body)
    {
        if (Find(method, path) is not var (template, operation)) return [$"{method} {path}: there is no such operation."];
        var name = $"{method} {template}";
        var errors = new List<string>();
        var parameters = operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(_schemas.Resolve).ToList() : [];
        foreach (var (key, value) in query)
        {
            var parameter = parameters.FirstOrDefault(one => one.GetProperty("in").GetString() == "query" && one.GetProperty("name").GetString() == key);
            if (parameter.ValueKind == JsonValueKind.Undefined) errors.Add($"{name}: there is no parameter '{key}'.");
            else if (Readings(value).All(reading => _schemas.Check(parameter.GetProperty("schema"), reading, key).Count > 0)) errors.Add($"{name}: the parameter '{key}' is '{value}'.");
        }

        if (body.Length == 0) return errors;
        if (!operation.TryGetProperty("requestBody", out var described))
        {
            errors.Add($"{name}: it has a body.");
            return errors;
        }

        if (template.EndsWith("/_bulk", StringComparison.Ordinal)) errors.AddRange(CheckBulk(body).Select(error => $"{name}: {error}"));
        else errors.AddRange(_schemas.Check(SchemaOf(_schemas.Resolve(described)), JsonElement.Parse(body), "body").Select(error => $"{name}: {error}"));
        return errors;
    }

    /// <summary>What is wrong with the answer to a request that succeeded.</summary>
    public IReadOnlyList<string> CheckAnswer(string method, string path, string body)
    {
        if (Find(method, path) is not var (template, operation)) return [$"{method} {path}: there is no such operation."];
        return [.. _schemas.Check(SchemaOf(_schemas.Resolve(operation.GetProperty("responses").GetProperty("200"))), JsonElement.Parse(body), "answer").Select(error => $"{method} {template}: {error}")];
    }

    private static JsonElement SchemaOf(JsonElement content) => content.GetProperty("content").GetProperty("application/json").GetProperty("schema");

    /// <summary>What a query parameter's text may mean.</summary>
    private static IEnumerable<JsonElement> Readings(string value)
    {
        yield return JsonSerializer.SerializeToElement(value);
        yield return JsonSerializer.SerializeToElement(value.Split(','));
        if (value is "true" or "false" or "") yield return JsonSerializer.SerializeToElement(value != "false");
        if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) yield return JsonSerializer.SerializeToElement(number);
    }

    private static ElasticApi? Load()
    {
        if (Repository.SharedData("elasticsearch-openapi") is not { } folder) return null;
        return new ElasticApi(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "elasticsearch-openapi.9.5.json"), Encoding.UTF8)).RootElement);
    }

    /// <summary>Each line of an action, and that it has the document that it needs.</summary>
    private IEnumerable<string> CheckBulk(string body)
    {
        if (!body.EndsWith('\n')) yield return "the last line does not end with a line feed.";
        var lines = body.TrimEnd('\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var action = JsonElement.Parse(lines[i]);
            foreach (var error in _schemas.Check(_bulkAction, action, $"line {i + 1}")) yield return error;
            if (action.TryGetProperty("delete", out _)) continue;
            if (++i == lines.Length || JsonElement.Parse(lines[i]).ValueKind != JsonValueKind.Object) yield return $"line {i + 1}: there is no document.";
        }
    }

    /// <summary>The operation of a path; of several that match, the one with the most words of its own.</summary>
    private (string Template, JsonElement Operation)? Find(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var found = _operations
            .Where(operation => operation.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && operation.Segments.Length == segments.Length
                && operation.Segments.Zip(segments).All(pair => pair.First[0] == '{' ? pair.Second[0] != '_' : pair.First == pair.Second))
            .OrderByDescending(operation => operation.Segments.Count(segment => segment[0] != '{'))
            .ToList();
        return found.Count == 0 ? null : (found[0].Template, found[0].Operation);
    }
}
