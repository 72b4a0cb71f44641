using System.Text;
using System.Text.Json;

namespace Slipway.Testing.OpenApi;

/// <summary>The official description of OpenAI's API, as far as requests and answers can be checked against it.</summary>
public sealed class OpenAiDescription
{
    private static readonly Lazy<OpenAiDescription?> Read = new(Load);

    private readonly JsonElement _description;
    private readonly SchemaCheck _schemas;

    private OpenAiDescription(JsonElement description) => (_description, _schemas) = (description, new SchemaCheck(description));

    /// <summary>Why nothing is checked where the description is absent.</summary>
    public static string Absent => "../shared/data/openai-openapi is not there: the OpenAPI description of OpenAI's API.";

    /// <summary>The description, or null where it is absent.</summary>
    public static OpenAiDescription? Loaded => Read.Value;

    /// <summary>What is wrong with the body of a request.</summary>
    /// <param name="path">The path, with <c>/v1</c> or without.</param>
    /// <param name="body">The JSON.</param>
    public IReadOnlyList<string> CheckRequest(string path, string body) =>
        _schemas.Check(SchemaOf(_schemas.Resolve(Operation(path, "post").GetProperty("requestBody")), "application/json"), JsonElement.Parse(body), "body");

    /// <summary>What is wrong with an answer that is no error.</summary>
    /// <param name="path">The path, with <c>/v1</c> or without.</param>
    /// <param name="body">The JSON.</param>
    /// <param name="method">The method.</param>
    public IReadOnlyList<string> CheckAnswer(string path, string body, string method = "post") =>
        _schemas.Check(SchemaOf(Success(path, method), "application/json"), JsonElement.Parse(body), "answer");

    /// <summary>What is wrong with an event of a stream.</summary>
    /// <param name="path">The path, with <c>/v1</c> or without.</param>
    /// <param name="data">The event's JSON.</param>
    public IReadOnlyList<string> CheckChunk(string path, string data) => _schemas.Check(SchemaOf(Success(path, "post"), "text/event-stream"), JsonElement.Parse(data), "chunk");

    /// <summary>What is wrong with an error.</summary>
    public IReadOnlyList<string> CheckError(string body) => _schemas.Check(_description.GetProperty("components").GetProperty("schemas").GetProperty("ErrorResponse"), JsonElement.Parse(body), "error");

    private static JsonElement SchemaOf(JsonElement content, string type) => content.GetProperty("content").GetProperty(type).GetProperty("schema");

    private JsonElement Success(string path, string method) => _schemas.Resolve(Operation(path, method).GetProperty("responses").GetProperty("200"));

    private JsonElement Operation(string path, string method) => _description.GetProperty("paths").GetProperty(path.StartsWith("/v1/", StringComparison.Ordinal) ? path[3..] : path).GetProperty(method);

    private static OpenAiDescription? Load() => Repository.SharedData("openai-openapi") is { } folder
        ? new OpenAiDescription(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "openapi.json"), Encoding.UTF8)).RootElement)
        : null;
}
