using System.Globalization;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Faults;

/// <summary>The errors that a provider answers with.</summary>
internal static class Refusals
{
    /// <summary>The error that comes in the middle of a stream.</summary>
    public static readonly ApiError InBand = new(500, "server_error", "The server had an error while processing your request.");

    /// <summary>The error that the attempt meets, or null. Headers that <see cref="ApiError"/> does not know are set on the response.</summary>
    public static ApiError? For(FaultPlan plan, HttpResponse response, TimeProvider time)
    {
        if (plan.Has(FaultKind.RateLimit)) return RateLimit();
        if (plan.Has(FaultKind.RateLimitSeconds, out var seconds)) return RateLimit("Retry-After", seconds!.Value.ToString(CultureInfo.InvariantCulture));
        if (plan.Has(FaultKind.RateLimitDate, out var until)) return RateLimit("Retry-After", time.GetUtcNow().AddSeconds(until!.Value).ToString("R", CultureInfo.InvariantCulture));
        if (plan.Has(FaultKind.RateLimitMs, out var milliseconds)) return RateLimit("retry-after-ms", milliseconds!.Value.ToString(CultureInfo.InvariantCulture));
        if (plan.Has(FaultKind.Quota)) return new ApiError(429, "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.");
        if (plan.Has(FaultKind.Refusal)) return ApiError.Invalid(null, "Your request was rejected by the safety system.", "content_policy_violation");
        if (plan.Has(FaultKind.ContextLength)) return ApiError.Invalid("messages", "This model's maximum context length is 8 tokens.", "context_length_exceeded");
        return plan.Has(FaultKind.Status, out var status) ? ByStatus(status!.Value) : null;

        ApiError RateLimit(string? header = null, string? value = null)
        {
            if (header is not null) response.Headers[header] = value;
            return new ApiError(429, "rate_limit_exceeded", "Rate limit reached for requests.");
        }
    }

    private static ApiError ByStatus(int status) => status switch
    {
        401 => new ApiError(401, "invalid_api_key", "Incorrect API key provided."),
        403 => new ApiError(403, "unsupported_country_region_territory", "This key may not use the model."),
        404 => new ApiError(404, "model_not_found", "The model does not exist.", "model"),
        429 => new ApiError(429, "rate_limit_exceeded", "Rate limit reached for requests."),
        503 or 529 => new ApiError(status, "overloaded", "The server is overloaded, please try again later."),
        >= 500 => new ApiError(status, "server_error", "The server had an error while processing your request."),
        _ => new ApiError(status, "invalid_request_error", "The request is not valid."),
    };
}
