using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Http;

/// <summary>Reads a request's JSON object whole, with errors that say what is wrong.</summary>
internal static class JsonBody
{
    /// <summary>The largest JSON body, in bytes; the edge has the same limit.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    /// <exception cref="ApiException">400: empty, not UTF-8, not JSON, not an object; 413: too large.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext http)
    {
        if (http.Request.ContentLength > MaxBytes) throw TooLarge();
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(http.RequestAborted);
            if (read.Buffer.Length > MaxBytes)
            {
                // Kestrel reads the rest away (for a few seconds) only when this reader has let go.
                reader.AdvanceTo(read.Buffer.End);
                throw TooLarge();
            }

            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            // The document keeps its memory after the reader has moved on, so it gets a copy of its own.
            var bytes = read.Buffer.ToArray();
            reader.AdvanceTo(read.Buffer.End);
            return Parse(bytes, "request body");
        }
    }

    /// <param name="bytes">The JSON.</param>
    /// <param name="what">What the errors call it.</param>
    public static JsonDocument Parse(byte[] bytes, string what)
    {
        if (bytes.Length == 0) throw Invalid($"The {what} is empty; a JSON object is expected.");
        if (!Utf8.IsValid(bytes)) throw Invalid($"The {what} is not valid UTF-8.");
        try
        {
            var document = JsonDocument.Parse(bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            throw Invalid($"The {what} is not a JSON object.");
        }
        catch (JsonException exception)
        {
            throw Invalid($"The {what} is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}).");
        }
    }

    private static ApiException Invalid(string message) => new(ApiError.Invalid(null, message, "invalid_json"));

    private static ApiException TooLarge() => new(new ApiError(413, "request_too_large", $"The request body is larger than {MaxBytes / (1024 * 1024)} MiB."));
}
