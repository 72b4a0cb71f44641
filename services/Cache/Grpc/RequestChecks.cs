using Slipway.Contracts;

namespace Slipway.Cache.Grpc;

/// <summary>What a request must contain: a key without its tenant could cross tenants.</summary>
internal static class RequestChecks
{
    /// <summary>The longest tenant id, in UTF-16 units.</summary>
    private const int MaxTenantLength = 256;

    internal static void Key(CacheKey? key)
    {
        if (key is null) throw ServiceError.Invalid("key", "key is missing.").ToException();
        if (key.Tier is not (CacheTier.Retrieval or CacheTier.Output)) throw ServiceError.Invalid("key.tier", "key.tier must be CACHE_TIER_RETRIEVAL or CACHE_TIER_OUTPUT.").ToException();
        if (key.Scope is null) throw ServiceError.Invalid("key.scope", "key.scope is missing.").ToException();
        Tenant(key.Scope.Tenant, "key.scope.tenant");
        if (string.IsNullOrWhiteSpace(key.Question)) throw ServiceError.Invalid("key.question", "key.question is empty.").ToException();
    }

    /// <summary>The longest vector, in numbers.</summary>
    private const int MaxVectorLength = 8_192;

    internal static void Vector(Vector? vector)
    {
        if (vector is null || vector.Values.Count is 0 or > MaxVectorLength) throw ServiceError.Invalid("vector", $"vector must have 1 to {MaxVectorLength} numbers.").ToException();
    }

    internal static void Tenant(string tenant, string param = "tenant")
    {
        if (tenant.Length is 0 or > MaxTenantLength) throw ServiceError.Invalid(param, $"{param} must have 1 to {MaxTenantLength} characters.").ToException();
    }
}
