using System.Text.Json;
using Slipway.Control.Records;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Admin;

/// <summary>Says which field of a body or which parameter of a query could not be read.</summary>
internal static class BadBody
{
    internal static WebApplication UseBadBodyErrors(this WebApplication app)
    {
        app.Use(static async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (BadHttpRequestException exception) when (exception.InnerException is JsonException json)
            {
                throw new ApiException(From(json));
            }
            catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status415UnsupportedMediaType)
            {
                throw new ApiException(new ApiError(415, "unsupported_media_type", "The Content-Type of the request must be application/json."));
            }
            catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status400BadRequest)
            {
                // "Failed to bind parameter "int window" from "x".": the framework's only hint at the name.
                var parts = exception.Message.Split('"');
                var parameter = exception.Message.StartsWith("Failed to bind parameter", StringComparison.Ordinal) && parts.Length > 1 ? parts[1].Split(' ')[^1] : null;
                throw new ApiException(ApiError.Invalid(parameter, parameter is null ? "The request could not be read: its body must be JSON." : $"'{parameter}' has a value of the wrong type."));
            }
        });
        return app;
    }

    private static ApiError From(JsonException exception)
    {
        // "$.search.limit" names the field, "$['a b']" one with other characters, "$" alone the whole body. A field may be as long as the body: 64 characters name it.
        var field = exception.Path is { Length: > 2 } path ? RecordCleaner.Text(path[1] == '[' ? path[1..] : path[2..], 64) : null;
        if (exception.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal)) return ApiError.Invalid(field, $"There is no field '{field}'.", "unknown_field");
        return field is null ? ApiError.Invalid(null, "The request body is not valid JSON.", "invalid_json") : ApiError.Invalid(field, $"'{field}' has a value of the wrong type, or is not valid JSON.");
    }
}
