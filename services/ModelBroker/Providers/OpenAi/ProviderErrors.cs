using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>
/// What a failed provider call means, by class: the HTTP status, the error's <c>code</c> and the kind of the transport's failure. The text of a message decides nothing.
/// </summary>
internal static class ProviderErrors
{
    /// <summary>The codes under which compatible servers say that the prompt is too long: OpenAI's, llama.cpp's.</summary>
    private static readonly HashSet<string> TooLong = ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"];

    private static readonly HashSet<string> Filtered = ["content_filter", "content_policy_violation", "responsible_ai_policy_violation"];

    /// <summary>Classifies.</summary>
    /// <param name="exception">What the call threw.</param>
    /// <param name="model">The model.</param>
    /// <param name="started">Whether the answer had begun.</param>
    /// <param name="time">The clock, for a <c>Retry-After</c> that is a date.</param>
    public static ModelException Classify(Exception exception, CatalogModel model, bool started, TimeProvider time)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ModelException classified:
                    return classified;
                case ClientResultException { Status: > 0 } answered:
                    return ByStatus(answered.Status, answered.GetRawResponse(), model, time, exception);
                case HttpRequestException or IOException or TimeoutException or OperationCanceledException:
                    return started ? Cut(exception) : new ModelException(
                        FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' could not be reached."), exception);
            }
        }

        return new ModelException(FailureKind.Transient, new ServiceError(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' sent an answer that could not be read."), exception);
    }

    /// <summary>A stream that ended before its finish reason.</summary>
    public static ModelException Cut(Exception? cause = null) =>
        new(FailureKind.Cut, new ServiceError(StatusCode.Unavailable, "upstream_cut", "The model's answer was cut off before its end."), cause);

    private static ModelException ByStatus(int status, PipelineResponse? response, CatalogModel model, TimeProvider time, Exception cause)
    {
        var (code, message) = Body(response, model);
        var retryAfter = RetryAfter(response, time);
        var (kind, error) = status switch
        {
            429 when code == "insufficient_quota" => (FailureKind.Quota, new ServiceError(StatusCode.ResourceExhausted, code, $"The provider's quota for the model '{model.Name}' is used up.")),
            429 => (FailureKind.RateLimited, new(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"The provider limits the rate of the model '{model.Name}'.", RetryAfter: retryAfter)),
            401 or 402 or 403 => (FailureKind.Auth, new(StatusCode.Internal, "upstream_auth", $"The provider refuses the credentials for the model '{model.Name}'.")),
            404 => (FailureKind.UnknownModel, new(StatusCode.Internal, "upstream_model_not_found", $"The provider does not know the model '{model.Name}'.")),
            408 or 504 => (FailureKind.Transient, new(StatusCode.DeadlineExceeded, "upstream_timeout", $"The provider of the model '{model.Name}' timed out.", RetryAfter: retryAfter)),
            < 500 when TooLong.Contains(code) => (FailureKind.ContextLength, ServiceError.Invalid("messages", $"The messages are longer than the model '{model.Name}' can take.", "context_length_exceeded")),
            < 500 when Filtered.Contains(code) => (FailureKind.ContentFilter, ServiceError.Invalid("messages", $"The provider's content filter refused the request to the model '{model.Name}'.", "content_filter")),
            413 => (FailureKind.Invalid, ServiceError.Invalid("messages", "The request is larger than the provider accepts.", "request_too_large")),
            >= 400 and < 500 => (FailureKind.Invalid, new(StatusCode.InvalidArgument, code.Length > 0 ? code : "invalid_request", message.Length > 0 ? message : "The provider refused the request as invalid.", Param(response))),
            503 or 529 => (FailureKind.Transient, new(StatusCode.Unavailable, "upstream_unavailable", $"The provider of the model '{model.Name}' is overloaded or away.", RetryAfter: retryAfter)),
            _ => (FailureKind.Transient, new(StatusCode.Unavailable, "upstream_error", $"The provider of the model '{model.Name}' failed.", RetryAfter: retryAfter)),
        };
        return new ModelException(kind, error, cause);
    }

    /// <summary>The error's code and message. A provider's words about a wrong field help the caller; keys and addresses in them do not leave this service.</summary>
    private static (string Code, string Message) Body(PipelineResponse? response, CatalogModel model)
    {
        var error = Error(response);
        var code = Text(error, "code");
        if (code.Length == 0) code = Text(error, "type") is { } type && (TooLong.Contains(type) || Filtered.Contains(type)) ? type : "";
        if (error is { ValueKind: JsonValueKind.Object } && error.Value.TryGetProperty("innererror", out var inner) && inner.ValueKind == JsonValueKind.Object)
        {
            // Azure: {"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}
            if (code.Length == 0 && Text(inner, "code") == "ResponsibleAIPolicyViolation") code = "content_filter";
        }

        var message = Text(error, "message");
        if (model.Provider.ApiKey is { Length: > 0 } key) message = message.Replace(key, "…", StringComparison.Ordinal);
        if (model.Provider.BaseUrl is { } url) message = message.Replace(url.Host, "…", StringComparison.OrdinalIgnoreCase);
        return (code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') && code.Length <= 64 ? code : "", message.Length > 500 ? message[..500] : message);
    }

    private static string? Param(PipelineResponse? response) => Text(Error(response), "param") is { Length: > 0 and <= 200 } param ? param : null;

    private static JsonElement? Error(PipelineResponse? response)
    {
        try
        {
            using var body = JsonDocument.Parse(response?.Content ?? BinaryData.Empty);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var error) ? error.Clone() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Text(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } && element.Value.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    /// <summary><c>retry-after-ms</c>, or <c>Retry-After</c> in seconds or as a date.</summary>
    private static TimeSpan? RetryAfter(PipelineResponse? response, TimeProvider time)
    {
        if (response is null) return null;
        if (response.Headers.TryGetValue("retry-after-ms", out var ms) && double.TryParse(ms, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds))
            return Sensible(milliseconds / 1000);
        if (!response.Headers.TryGetValue("Retry-After", out var text)) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)) return Sensible(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? Sensible((date - time.GetUtcNow()).TotalSeconds) : null;

        static TimeSpan? Sensible(double seconds) => double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600)) : null;
    }
}
