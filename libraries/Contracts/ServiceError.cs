using System.Globalization;
using Grpc.Core;

namespace Slipway.Contracts;

/// <summary>
/// How the services tell each other what went wrong: a gRPC status plus trailers that carry the code, the parameter and the wait which the
/// edge shows in OpenAI's error shape (<c>{error:{message,type,param,code}}</c>). The message is written for the caller: it names the field
/// and the limit, and nothing internal.
/// </summary>
/// <param name="Status">The gRPC status.</param>
/// <param name="Code">A stable snake_case code, for example <c>context_length_exceeded</c>.</param>
/// <param name="Message">One sentence for the caller.</param>
/// <param name="Param">The request field at fault, or null.</param>
/// <param name="RetryAfter">How long to wait before another try, or null.</param>
public sealed record ServiceError(StatusCode Status, string Code, string Message, string? Param = null, TimeSpan? RetryAfter = null)
{
    private const string CodeTrailer = "slipway-error-code";
    private const string ParamTrailer = "slipway-error-param";
    private const string RetryAfterTrailer = "slipway-retry-after-ms";

    /// <summary>A field of the request is wrong.</summary>
    public static ServiceError Invalid(string param, string message, string code = "invalid_value") => new(StatusCode.InvalidArgument, code, message, param);

    /// <summary>Something that the request names does not exist.</summary>
    public static ServiceError NotFound(string code, string message, string? param = null) => new(StatusCode.NotFound, code, message, param);

    /// <summary>The exception that carries this error over gRPC.</summary>
    public RpcException ToException()
    {
        var trailers = new Metadata { { CodeTrailer, Code } };
        if (Param is not null) trailers.Add(ParamTrailer, Param);
        if (RetryAfter is { } wait) trailers.Add(RetryAfterTrailer, ((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        return new RpcException(new Status(Status, Message), trailers);
    }

    /// <summary>
    /// Reads the error that a service sent, or null when the exception carries none: then the call itself failed (process gone, deadline passed).
    /// </summary>
    public static ServiceError? From(RpcException exception)
    {
        var code = exception.Trailers.GetValue(CodeTrailer);
        if (code is null) return null;
        TimeSpan? retryAfter = long.TryParse(exception.Trailers.GetValue(RetryAfterTrailer), CultureInfo.InvariantCulture, out var ms) ? TimeSpan.FromMilliseconds(ms) : null;
        return new ServiceError(exception.StatusCode, code, exception.Status.Detail, exception.Trailers.GetValue(ParamTrailer), retryAfter);
    }
}
