using System.Text.Json;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Answers;

internal static class JsonBody
{
    /// <exception cref="ApiException">The body is not JSON.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext http)
    {
        try
        {
            return await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        }
        catch (JsonException)
        {
            throw new ApiException(ApiError.Invalid(null, "We could not parse the JSON body of your request.", "invalid_json"));
        }
    }
}
