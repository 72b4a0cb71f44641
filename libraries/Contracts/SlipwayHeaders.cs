namespace Slipway.Contracts;

/// <summary>The headers that the edge, the assistant and control use between them, and those that callers see (docs/reference/headers.md).</summary>
public static class SlipwayHeaders
{
    /// <summary>Carries the secret that AppHost makes at each start. Whoever lacks it is nobody: 401, or gRPC <c>UNAUTHENTICATED</c>.</summary>
    public const string InternalKey = "x-slipway-internal-key";

    /// <summary>Edge to services: the tenant that the API key belongs to. Never taken from a client.</summary>
    public const string Tenant = "x-slipway-tenant";

    /// <summary>Edge to services: the key's scopes, comma separated. Never taken from a client.</summary>
    public const string Scopes = "x-slipway-scopes";

    /// <summary>Edge to services: microseconds spent in the gateway stage. Never taken from a client.</summary>
    public const string GatewayMicroseconds = "x-slipway-gateway-us";

    /// <summary>Both ways: the id of the request (edge makes it when the client sent none).</summary>
    public const string RequestId = "x-slipway-request-id";

    /// <summary>Edge to assistant and out: the release that answers.</summary>
    public const string Release = "x-slipway-release";

    /// <summary>Out: <c>miss</c>, <c>retrieval</c> or <c>output</c>.</summary>
    public const string Cache = "x-slipway-cache";

    /// <summary>Out: the degradations, <c>stage=rung</c>, comma separated; absent when there are none.</summary>
    public const string Degraded = "x-slipway-degraded";

    /// <summary>Out: what the model calls of the request cost, USD.</summary>
    public const string CostUsd = "x-slipway-cost-usd";

    /// <summary>Out: milliseconds by stage, W3C Server Timing.</summary>
    public const string ServerTiming = "Server-Timing";
}
