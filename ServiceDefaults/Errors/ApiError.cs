using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Slipway.Contracts;

namespace Slipway.ServiceDefaults.Errors;

/// <summary>
/// An error as callers of the HTTP surface see it, in OpenAI's shape: <c>{"error":{"message","type","param","code"}}</c>.
/// The message names the field and the limit, and nothing internal.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable snake_case code.</param>
/// <param name="Message">One sentence for the caller.</param>
/// <param name="Param">The request field at fault, or null.</param>
/// <param name="RetryAfter">Sent as <c>Retry-After</c>, rounded up to whole seconds.</param>
public sealed record ApiError(int Status, string Code, string Message, string? Param = null, TimeSpan? RetryAfter = null)
{
    /// <summary>OpenAI's name for the class of the error, by status.</summary>
    public string Type => Status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>400: a field of the request is wrong.</summary>
    public static ApiError Invalid(string? param, string message, string code = "invalid_value") => new(400, code, message, param);

    /// <summary>What a failed call to another service means for the caller. Only what a service wrote for callers is passed on.</summary>
    public static ApiError From(RpcException exception)
    {
        if (ServiceError.From(exception) is { } error)
        {
            return new ApiError(StatusFor(error.Status), error.Code, error.Message, error.Param, error.RetryAfter);
        }

        return exception.StatusCode switch
        {
            StatusCode.Unavailable => new ApiError(503, "service_unavailable", "A part of the service is being restarted. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(1)),
            StatusCode.DeadlineExceeded => new ApiError(504, "timeout", "The request did not finish within its time budget."),
            StatusCode.ResourceExhausted => new ApiError(413, "message_too_large", "The request is larger than a service accepts."),
            _ => new ApiError(502, "upstream_error", "A part of the service failed."),
        };
    }

    /// <summary>Writes the error as the response, unless the response has started.</summary>
    public Task WriteAsync(HttpResponse response)
    {
        if (response.HasStarted) return Task.CompletedTask;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var body = ToJson();
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }

    /// <summary>The JSON of the error, UTF-8.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteTo(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Writes the property <c>error</c> into the open object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Param);
        json.WriteString("code", Code);
        json.WriteEndObject();
    }

    private static int StatusFor(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => 400,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists => 409,
        StatusCode.PermissionDenied => 403,
        StatusCode.ResourceExhausted => 429,
        StatusCode.Unavailable => 503,
        StatusCode.DeadlineExceeded => 504,
        _ => 502,
    };
}

/// <summary>Carries an <see cref="ApiError"/> to the place that writes the response.</summary>
/// <param name="error">The error.</param>
public sealed class ApiException(ApiError error) : Exception(error.Message)
{
    /// <summary>The error.</summary>
    public ApiError Error { get; } = error;
}
