using Microsoft.Extensions.Primitives;

namespace Slipway.Edge.Tenants;

/// <summary>What an API key allows. Header values are made once, not for each request.</summary>
/// <param name="Tenant">The tenant's id, as a header value.</param>
/// <param name="Scopes">The key's scopes, as a header value.</param>
/// <param name="RequestsPerMinute">The tenant's quota; 0 means none.</param>
/// <param name="Answers">Whether the key opens <c>/v1</c>.</param>
/// <param name="Admin">Whether the key opens <c>/admin</c>.</param>
internal sealed record Grant(StringValues Tenant, StringValues Scopes, int RequestsPerMinute, bool Answers, bool Admin);
