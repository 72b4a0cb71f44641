using System.Net.Http.Headers;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Providers.Native;

/// <summary>Reads what a failed call to an API other than OpenAI's means; the classes are those of <see cref="ProviderFailures"/>.</summary>
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
        return ProviderFailures.ByStatus(
            new Refusal(status, "", message, null, ProviderFailures.RetryAfter(Header("retry-after-ms"), Header("Retry-After"), time), () => status is >= 400 and not 413 && tooLong()), model);

        string? Header(string name) => headers.TryGetValues(name, out var values) ? values.First() : null;
    }

    /// <summary>An error that came in the stream, by its type.</summary>
    public static ModelException InBand(string type, CatalogModel model) => type switch
    {
        "rate_limit_error" => new(FailureKind.RateLimited, ProviderFailures.RateLimited(model)),
        "overloaded_error" => new(FailureKind.Transient, ProviderFailures.Overloaded(model)),
        "timeout_error" => new(FailureKind.Transient, ProviderFailures.TimedOut(model)),
        _ => new(FailureKind.Transient, ProviderFailures.Failed(model)),
    };

    /// <summary>What the transport's failure means.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="model">The model.</param>
    /// <param name="started">Whether the answer had begun.</param>
    public static ModelException Transport(Exception exception, CatalogModel model, bool started) => exception switch
    {
        ModelException classified => classified,
        HttpRequestException or IOException or OperationCanceledException => started ? ProviderFailures.Cut(exception) : ProviderFailures.Unreachable(model, exception),
        _ => ProviderFailures.Unreadable(model, exception),
    };
}
