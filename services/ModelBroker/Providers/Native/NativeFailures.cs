using System.Globalization;
using System.Net.Http.Headers;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>
/// What a failed call to an API other than OpenAI's means, by class: the HTTP status, the error's type and the kind of the transport's failure. The classes are those of
/// <see cref="OpenAi.ProviderErrors"/>. The text of a message decides nothing.
/// </summary>
internal static class NativeFailures
{
    /// <summary>By status.</summary>
    /// <param name="status">The status, which is no success.</param>
    /// <param name="headers">The response's headers.</param>
    /// <param name="message">The provider's own words, for a caller whose request was wrong.</param>
    /// <param name="model">The model.</param>
    /// <param name="tooLong">Whether the prompt is about as long as the model's window: then a 400 without a code means that it is too long.</param>
    /// <param name="time">The clock, for a <c>Retry-After</c> that is a date.</param>
    public static ModelException ByStatus(int status, HttpResponseHeaders headers, string message, CatalogModel model, Func<bool> tooLong, TimeProvider time)
    {
        var retryAfter = RetryAfter(headers, time);
        var (kind, error) = status switch
        {
            429 => (FailureKind.RateLimited, new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The provider limits the rate of the model '{model.Name}'.", RetryAfter: retryAfter)),
            401 or 402 or 403 => (FailureKind.Auth, new(StatusCode.Internal, "upstream_auth", $"The provider refuses the credentials for the model '{model.Name}'.")),
            404 => (FailureKind.UnknownModel, new(StatusCode.Internal, "upstream_model_not_found", $"The provider does not know the model '{model.Name}'.")),
            408 or 504 => (FailureKind.Transient, new(StatusCode.DeadlineExceeded, "upstream_timeout", $"The provider of the model '{model.Name}' timed out.", RetryAfter: retryAfter)),
            413 => (FailureKind.Invalid, ServiceError.Invalid("messages", "The request is larger than the provider accepts.", "request_too_large")),
            >= 400 and < 500 when tooLong() => (FailureKind.ContextLength, ServiceError.Invalid("messages", $"The messages are longer than the model '{model.Name}' can take.", "context_length_exceeded")),
            >= 400 and < 500 => (FailureKind.Invalid, new(StatusCode.InvalidArgument, "invalid_request", Sayable(message, model))),
            503 or 529 => (FailureKind.Transient, Overloaded(model) with { RetryAfter = retryAfter }),
            _ => (FailureKind.Transient, Failed(model) with { RetryAfter = retryAfter }),
        };
        return new ModelException(kind, error);
    }

    /// <summary>An error that came in the stream, by its type.</summary>
    public static ModelException InBand(string type, CatalogModel model) => type switch
    {
        "rate_limit_error" => new(FailureKind.RateLimited, new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The provider limits the rate of the model '{model.Name}'.")),
        "overloaded_error" => new(FailureKind.Transient, Overloaded(model)),
        "timeout_error" => new(FailureKind.Transient, new ServiceError(StatusCode.DeadlineExceeded, "upstream_timeout", $"The provider of the model '{model.Name}' timed out.")),
        _ => new(FailureKind.Transient, Failed(model)),
    };

    /// <summary>An answer that is none.</summary>
    public static ModelException Unreadable(CatalogModel model, Exception? inner = null) =>
        new(FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent an answer that could not be read."), inner);

    /// <summary>What the transport's failure means.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="model">The model.</param>
    /// <param name="started">Whether the answer had begun.</param>
    public static ModelException Transport(Exception exception, CatalogModel model, bool started) => exception switch
    {
        ModelException classified => classified,
        HttpRequestException or IOException or OperationCanceledException when started => Cut(exception),
        HttpRequestException or IOException or OperationCanceledException =>
            new ModelException(FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' could not be reached."), exception),
        _ => Unreadable(model, exception),
    };

    /// <summary>A stream that ended before its finish reason.</summary>
    public static ModelException Cut(Exception? cause = null) => OpenAi.ProviderErrors.Cut(cause);

    private static ServiceError Overloaded(CatalogModel model) => new(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' is overloaded or away.");

    private static ServiceError Failed(CatalogModel model) => new(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' failed.");

    /// <summary>A provider's words about a wrong field help the caller; keys and addresses in them do not leave this service.</summary>
    private static string Sayable(string message, CatalogModel model)
    {
        if (message.Length == 0) return "The provider refused the request as invalid.";
        if (model.Provider.ApiKey is { Length: > 0 } key) message = message.Replace(key, "…", StringComparison.Ordinal);
        if (model.Provider.BaseUrl is { } url) message = message.Replace(url.Host, "…", StringComparison.OrdinalIgnoreCase);
        return message.Length > 500 ? message[..500] : message;
    }

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers, TimeProvider time)
    {
        var wait = headers.TryGetValues("retry-after-ms", out var values) && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            ? milliseconds / 1000
            : headers.RetryAfter is { } after ? (after.Delta ?? after.Date - time.GetUtcNow())?.TotalSeconds : null;
        return wait is { } seconds && double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600)) : null;
    }
}
