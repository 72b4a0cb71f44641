using System.Globalization;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Providers;

/// <summary>What a provider said when it refused a call.</summary>
/// <param name="Status">The HTTP status, which is no success.</param>
/// <param name="Code">The error's code in OpenAI's words, or empty.</param>
/// <param name="Message">The provider's own words, for a caller whose request was wrong.</param>
/// <param name="Param">The field at fault, or null.</param>
/// <param name="RetryAfter">How long it asks to wait, or null.</param>
/// <param name="IsTooLong">Whether it says that the prompt is longer than the model takes.</param>
internal readonly record struct Refusal(int Status, string Code, string Message, string? Param, TimeSpan? RetryAfter, Func<bool> IsTooLong);

/// <summary>The failures of all providers by class; each API's own reader finds the status, the code and the kind of the transport's failure. The text of a message decides nothing.</summary>
internal static class ProviderFailures
{
    private static readonly HashSet<string> Filtered = ["content_filter", "content_policy_violation", "responsible_ai_policy_violation"];

    /// <summary>Whether a code says that the content filter refused.</summary>
    public static bool IsFiltered(string code) => Filtered.Contains(code);

    /// <summary>By status and code.</summary>
    public static ModelException ByStatus(Refusal refusal, CatalogModel model, Exception? cause = null)
    {
        var (status, code, message, param, retryAfter, isTooLong) = refusal;
        var (kind, error) = status switch
        {
            429 when code == "insufficient_quota" => (FailureKind.Quota, new ServiceError(StatusCode.ResourceExhausted, code, $"The provider's quota for the model '{model.Name}' is used up.")),
            429 => (FailureKind.RateLimited, RateLimited(model) with { RetryAfter = retryAfter }),
            401 or 402 or 403 => (FailureKind.Auth, new(StatusCode.Internal, "upstream_auth", $"The provider refuses the credentials for the model '{model.Name}'.")),
            404 => (FailureKind.UnknownModel, new(StatusCode.Internal, "upstream_model_not_found", $"The provider does not know the model '{model.Name}'.")),
            408 or 504 => (FailureKind.Transient, TimedOut(model) with { RetryAfter = retryAfter }),
            < 500 when isTooLong() => (FailureKind.ContextLength, ServiceError.Invalid("messages", $"The messages are longer than the model '{model.Name}' can take.", "context_length_exceeded")),
            < 500 when IsFiltered(code) => (FailureKind.ContentFilter, ServiceError.Invalid("messages", $"The provider's content filter refused the request to the model '{model.Name}'.", "content_filter")),
            413 => (FailureKind.Invalid, ServiceError.Invalid("messages", "The request is larger than the provider accepts.", "request_too_large")),
            >= 400 and < 500 => (FailureKind.Invalid, new(StatusCode.InvalidArgument, code.Length > 0 ? code : "invalid_request", Sayable(message, model), param)),
            503 or 529 => (FailureKind.Transient, Overloaded(model) with { RetryAfter = retryAfter }),
            _ => (FailureKind.Transient, Failed(model) with { RetryAfter = retryAfter }),
        };
        return new ModelException(kind, error, cause);
    }

    /// <summary>A stream that ended before its finish reason.</summary>
    public static ModelException Cut(Exception? cause = null) =>
        new(FailureKind.Cut, new ServiceError(StatusCode.Unavailable, "upstream_cut", "The model's answer was cut off before its end."), cause);

    /// <summary>No connection, or one that was lost before the answer had begun.</summary>
    public static ModelException Unreachable(CatalogModel model, Exception cause) =>
        new(FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' could not be reached."), cause);

    /// <summary>An answer that is none.</summary>
    public static ModelException Unreadable(CatalogModel model, Exception? cause = null) =>
        new(FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent an answer that could not be read."), cause);

    public static ServiceError RateLimited(CatalogModel model) => new(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The provider limits the rate of the model '{model.Name}'.");

    public static ServiceError TimedOut(CatalogModel model) => new(StatusCode.DeadlineExceeded, "upstream_timeout", $"The provider of the model '{model.Name}' timed out.");

    public static ServiceError Overloaded(CatalogModel model) => new(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' is overloaded or away.");

    public static ServiceError Failed(CatalogModel model) => new(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' failed.");

    /// <summary>The wait that a provider asks for, up to an hour; null when it names none.</summary>
    /// <param name="milliseconds">The header <c>retry-after-ms</c>, or null.</param>
    /// <param name="after">The header <c>Retry-After</c>, seconds or a date, or null.</param>
    /// <param name="time">The clock, for a date.</param>
    public static TimeSpan? RetryAfter(string? milliseconds, string? after, TimeProvider time)
    {
        if (double.TryParse(milliseconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var ms)) return Sensible(ms / 1000);
        if (double.TryParse(after, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)) return Sensible(seconds);
        return DateTimeOffset.TryParse(after, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? Sensible((date - time.GetUtcNow()).TotalSeconds) : null;

        static TimeSpan? Sensible(double seconds) => double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600)) : null;
    }

    /// <summary>A provider's words about a wrong field help the caller; keys and addresses in them do not leave this service.</summary>
    private static string Sayable(string message, CatalogModel model)
    {
        if (message.Length == 0) return "The provider refused the request as invalid.";
        if (model.Provider.ApiKey is { Length: > 0 } key) message = message.Replace(key, "…", StringComparison.Ordinal);
        if (model.Provider.BaseUrl is { } url) message = message.Replace(url.Host, "…", StringComparison.OrdinalIgnoreCase);
        return message.Length > 500 ? message[..500] : message;
    }
}
