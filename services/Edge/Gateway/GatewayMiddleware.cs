using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Slipway.Contracts;
using Slipway.Edge.Quotas;
using Slipway.Edge.Releases;
using Slipway.Edge.Tenants;
using Slipway.ServiceDefaults.Errors;
using Slipway.ServiceDefaults.Security;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Edge.Gateway;

/// <summary>
/// The gateway stage: (1) the path has an owner; (2) the key has a tenant; (3) the key's scopes open the path; (4) the tenant's quota has room;
/// (5) the body is not too large; (6) headers of the inside are the edge's own, never a client's.
/// </summary>
internal sealed class GatewayMiddleware(
    RequestDelegate next, TenantDirectory tenants, QuotaTable quotas, ActiveRelease release, InternalKey internalKey, GatewayOptions options, GatewayBudget budget, TimeProvider time)
{
    /// <summary>Headers that only the edge may set, and credentials that nobody inside needs.</summary>
    private static readonly string[] NotFromClients =
    [
        SlipwayHeaders.Tenant, SlipwayHeaders.Scopes, SlipwayHeaders.GatewayMicroseconds, SlipwayHeaders.InternalKey, SlipwayHeaders.Release, "Authorization", "api-key",
    ];

    private readonly StringValues _internalKey = internalKey.Value;

    public async Task InvokeAsync(HttpContext http)
    {
        var path = http.Request.Path;
        var metrics = path.StartsWithSegments(TelemetryExtensions.PrometheusPath);
        var admin = path.StartsWithSegments("/admin") || path.StartsWithSegments("/ofrep") || metrics;
        if (!admin && !path.StartsWithSegments("/v1"))
        {
            await next(http);
            return;
        }

        var state = http.Features.GetRequiredFeature<RequestState>();
        if (SlipwayTelemetry.Source.HasListeners()) Activity.Current?.SetTag("slipway.request_id", state.RequestId.ToString());
        using (var activity = SlipwayTelemetry.Source.StartActivity("gateway"))
        {
            activity?.SetTag("slipway.stage", "gateway");
            var grant = Authenticate(http.Request);
            if (admin ? !grant.Admin && (metrics || path.StartsWithSegments("/admin")) : !grant.Answers)
                throw new ApiException(new ApiError(403, "insufficient_scope", $"The API key lacks the scope '{(admin ? "admin" : "answers")}'."));
            activity?.SetTag("slipway.tenant", grant.Tenant.ToString());
            if (grant.RequestsPerMinute > 0) await ClaimQuotaAsync(http, state, grant);
            LimitBody(http);
            SetInternalHeaders(http.Request.Headers, state, grant);
            if (activity is not null && budget.For(path) is { } most)
            {
                activity.SetTag("slipway.budget_ms", most.TotalMilliseconds);
                activity.SetTag("slipway.over_budget", state.Gateway > most);
            }
        }

        await next(http);
    }

    private Grant Authenticate(HttpRequest request)
    {
        if (!tenants.Known) throw new ApiException(new ApiError(503, "not_ready", "The service has just started. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(1)));
        if (KeyHash.TryOf(ReadKey(request.Headers), out var hash) && tenants.Find(hash) is { } grant) return grant;
        throw new ApiException(new ApiError(401, "invalid_api_key", "The API key is missing or not known. Send it as 'Authorization: Bearer KEY'."));
    }

    /// <summary><c>Authorization: Bearer</c>, or <c>api-key</c> as clients of Azure OpenAI send it.</summary>
    private static ReadOnlySpan<char> ReadKey(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString().AsSpan();
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return authorization[7..].Trim();
        return headers.TryGetValue("api-key", out var key) ? key.ToString().AsSpan().Trim() : default;
    }

    private async ValueTask ClaimQuotaAsync(HttpContext http, RequestState state, Grant grant)
    {
        var result = await quotas.AcquireAsync(grant.Tenant.ToString(), grant.RequestsPerMinute, http.RequestAborted);
        state.Quota = (grant.RequestsPerMinute, result.Remaining);
        WriteQuota(http.Response.Headers, state);
        if (result.Granted) return;
        throw new ApiException(new ApiError(
            429, "rate_limit_exceeded", $"The tenant's quota of {grant.RequestsPerMinute} requests a minute is used up.", RetryAfter: result.RetryAfter));
    }

    /// <summary>Quota headers under the names that OpenAI's API uses.</summary>
    internal static void WriteQuota(IHeaderDictionary headers, RequestState state)
    {
        if (state.Quota.Limit == 0) return;
        headers["x-ratelimit-limit-requests"] = state.Quota.Limit.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-remaining-requests"] = state.Quota.Remaining.ToString(CultureInfo.InvariantCulture);
    }

    private void LimitBody(HttpContext http)
    {
        var limit = options.BodyLimit(http.Request.Path);
        if (http.Request.ContentLength > limit) throw new ApiException(TooLarge(limit));
        var feature = http.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (feature is { IsReadOnly: false }) feature.MaxRequestBodySize = limit;
    }

    internal static ApiError TooLarge(long limit) => new(413, "request_too_large", $"The request body is larger than {limit} bytes.");

    private void SetInternalHeaders(IHeaderDictionary headers, RequestState state, Grant grant)
    {
        foreach (var name in NotFromClients) headers.Remove(name);
        headers[SlipwayHeaders.RequestId] = state.RequestId;
        headers[SlipwayHeaders.Tenant] = grant.Tenant;
        headers[SlipwayHeaders.Scopes] = grant.Scopes;
        headers[SlipwayHeaders.InternalKey] = _internalKey;
        if (release.Name.Count > 0) headers[SlipwayHeaders.Release] = release.Name;
        state.Gateway = time.GetElapsedTime(state.Started);
        headers[SlipwayHeaders.GatewayMicroseconds] = ((long)state.Gateway.TotalMicroseconds).ToString(CultureInfo.InvariantCulture);
        Activity.Current?.SetTag("slipway.release", release.Name.ToString());
    }
}
