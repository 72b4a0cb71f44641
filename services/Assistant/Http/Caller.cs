using System.Globalization;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Http;

/// <summary>Who asks, as the edge says it. The internal key in front of this service is why these headers can be believed.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="Release">The release that the edge chose, or null.</param>
/// <param name="Gateway">What the gateway stage took.</param>
internal sealed record Caller(string Tenant, string RequestId, string? Release, TimeSpan Gateway)
{
    public static Caller From(HttpContext http)
    {
        var headers = http.Request.Headers;
        var tenant = headers[SlipwayHeaders.Tenant].ToString();
        if (tenant.Length == 0) throw new ApiException(new ApiError(401, "tenant_missing", "The request came without a tenant."));
        var requestId = headers[SlipwayHeaders.RequestId].ToString();
        if (requestId.Length == 0) requestId = Guid.CreateVersion7().ToString("N");
        // Said at once, so that errors carry it as well.
        http.Response.Headers[SlipwayHeaders.RequestId] = requestId;
        var release = headers[SlipwayHeaders.Release].ToString();
        _ = long.TryParse(headers[SlipwayHeaders.GatewayMicroseconds], CultureInfo.InvariantCulture, out var microseconds);
        return new Caller(tenant, requestId, release.Length > 0 ? release : null, TimeSpan.FromMicroseconds(Math.Clamp(microseconds, 0, 60_000_000)));
    }

    public static CachePolicy CachePolicyOf(HttpContext http)
    {
        var header = http.Request.Headers.CacheControl.ToString();
        if (header.Length == 0) return CachePolicy.Use;
        return header.Contains("no-store", StringComparison.OrdinalIgnoreCase) ? CachePolicy.Bypass
            : header.Contains("no-cache", StringComparison.OrdinalIgnoreCase) ? CachePolicy.Refresh
            : CachePolicy.Use;
    }
}
