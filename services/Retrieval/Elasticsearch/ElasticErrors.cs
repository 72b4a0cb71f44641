using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>What the errors of Elasticsearch mean.</summary>
internal static class ElasticErrors
{
    /// <summary>Characters of a reason that are kept.</summary>
    private const int LongestReason = 300;

    /// <summary>The class of an error of a request or of an item of a bulk request.</summary>
    public static ElasticFault FaultOf(int status, string type, bool retryAfter = false) => (status, type) switch
    {
        (_, "resource_already_exists_exception") => ElasticFault.IndexExists,
        (_, "index_not_found_exception") => ElasticFault.IndexMissing,
        (_, "strict_dynamic_mapping_exception" or "mapper_parsing_exception" or "document_parsing_exception" or "mapper_exception") => ElasticFault.MappingConflict,
        (409, _) => ElasticFault.VersionConflict,
        (429, _) => ElasticFault.Throttled,
        (503, _) when retryAfter => ElasticFault.Throttled,
        (502 or 503 or 504, _) => ElasticFault.Unavailable,
        (408, _) => ElasticFault.Timeout,
        _ => ElasticFault.Rejected,
    };

    /// <summary>The error that an answer is.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="status">Its status.</param>
    /// <param name="retryAfter">Its Retry-After.</param>
    /// <param name="body">Its body: JSON from Elasticsearch, anything from what stands in between.</param>
    /// <param name="now">The time, for a Retry-After that is a date.</param>
    public static ElasticException Of(ElasticRequest request, HttpStatusCode status, RetryConditionHeaderValue? retryAfter, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        var (type, reason) = Read(body);
        var wait = retryAfter?.Delta ?? (retryAfter?.Date is { } date ? date - now : null);
        var code = (int)status;
        var advice = status switch
        {
            HttpStatusCode.Unauthorized => ": the user and password of ConnectionStrings:elasticsearch, or the API key, are not accepted",
            HttpStatusCode.Forbidden => ": the user or the API key lacks a privilege (monitor of the cluster, all of the indexes slipway-*)",
            _ => "",
        };
        var told = request.Telling && reason.Length > 0 ? ": " + reason[..Math.Min(reason.Length, LongestReason)] : "";
        return new ElasticException(FaultOf(code, type, wait is not null), $"{request} was answered with {code}{(type.Length > 0 ? " " + type : "")}{advice}{told}.") { RetryAfter = wait };
    }

    /// <summary>The type and the reason of an error object; empty where it says nothing.</summary>
    public static (string Type, string Reason) Read(JsonElement error) => error.ValueKind == JsonValueKind.Object ? (Text(error, "type"), Text(error, "reason")) : ("", "");

    private static (string Type, string Reason) Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error) ? Read(error) : ("", "");
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }

    private static string Text(JsonElement error, string name) => error.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}
