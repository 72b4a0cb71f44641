using System.Text.Encodings.Web;
using System.Text.Json;

namespace Slipway.Retrieval.Elasticsearch;

/// <summary>A request.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">The path below the address, with its query.</param>
/// <param name="Timeout">How long it may take.</param>
internal sealed record ElasticRequest(HttpMethod Method, string Path, TimeSpan Timeout)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body, or empty.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether the body is lines of JSON rather than one object.</summary>
    public bool Lines { get; init; }

    /// <summary>Whether it is sent again when the server has too much to do.</summary>
    public bool Repeated { get; init; }

    /// <summary>Whether neither the request nor its answer can hold anything of a document or a question, so that the reason of an error may be told.</summary>
    public bool Telling { get; init; }

    /// <summary>JSON as it is sent.</summary>
    public static byte[] Write(object value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    /// <summary>The method and the path: what errors name it.</summary>
    public override string ToString() => $"{Method} /{(Path.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query ? Path[..query] : Path)}";
}
