using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Answers;

/// <summary>A request's JSON, and its bytes as they came.</summary>
internal sealed record JsonBody(JsonDocument Document, ReadOnlyMemory<byte> Bytes) : IDisposable
{
    public JsonElement Root => Document.RootElement;

    /// <exception cref="ApiException">The body is not JSON.</exception>
    public static async ValueTask<JsonBody> ReadAsync(HttpContext http)
    {
        var bytes = await BytesAsync(http);
        try
        {
            return new JsonBody(JsonDocument.Parse(bytes), bytes);
        }
        catch (JsonException)
        {
            throw new ApiException(ApiError.Invalid(null, "We could not parse the JSON body of your request.", "invalid_json"));
        }
    }

    public void Dispose() => Document.Dispose();

    private static async ValueTask<ReadOnlyMemory<byte>> BytesAsync(HttpContext http)
    {
        if (http.Request.ContentLength is { } length and < 1 << 24)
        {
            var exact = new byte[length];
            await http.Request.Body.ReadExactlyAsync(exact, http.RequestAborted);
            return exact;
        }

        var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
