using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Errors;

/// <summary>
/// Turns what escapes an HTTP endpoint into the error shape: <see cref="ApiException"/> as it is, failed gRPC calls by their status, the rest as a 500
/// that says nothing. Empty 404 and 405 responses get a body too. A client that has gone gets nothing, and is no error.
/// </summary>
public sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // 499 is nginx's code for "the client closed the request": nobody reads it, but the access log and the record show it.
            if (!context.Response.HasStarted) context.Response.StatusCode = 499;
            return;
        }
        catch (ApiException exception)
        {
            await exception.Error.WriteAsync(context.Response);
            return;
        }
        catch (RpcException exception)
        {
            LogCallFailed(exception.StatusCode);
            await ApiError.From(exception).WriteAsync(context.Response);
            return;
        }
        catch (BadHttpRequestException exception)
        {
            var error = exception.StatusCode == 413
                ? new ApiError(413, "request_too_large", "The request body is larger than this endpoint accepts.")
                : ApiError.Invalid(null, "The request could not be read.", "bad_request");
            await error.WriteAsync(context.Response);
            return;
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            await new ApiError(500, "internal_error", "The service failed to answer this request.").WriteAsync(context.Response);
            return;
        }

        if (context.Response is { HasStarted: false, ContentLength: null, ContentType: null })
        {
            var error = context.Response.StatusCode switch
            {
                404 => new ApiError(404, "not_found", $"There is nothing at {context.Request.Method} {context.Request.Path}."),
                405 => new ApiError(405, "method_not_allowed", $"{context.Request.Path} does not take {context.Request.Method}."),
                415 => new ApiError(415, "unsupported_media_type", "The Content-Type of the request is not one that this endpoint reads."),
                _ => null,
            };
            if (error is not null) await error.WriteAsync(context.Response);
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "A call to another service failed: {Status}.")]
    private partial void LogCallFailed(StatusCode status);

    [LoggerMessage(21, LogLevel.Error, "A request failed.")]
    private partial void LogFailed(Exception exception);
}

/// <summary>Adds <see cref="ErrorMiddleware"/>.</summary>
public static class ErrorMiddlewareExtensions
{
    /// <summary>Puts the error shape around everything that follows.</summary>
    public static WebApplication UseErrorShape(this WebApplication app)
    {
        app.UseMiddleware<ErrorMiddleware>();
        return app;
    }
}
