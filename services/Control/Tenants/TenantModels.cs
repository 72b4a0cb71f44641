using System.ComponentModel;
using Slipway.Control.Data;

namespace Slipway.Control.Tenants;

/// <summary>A tenant.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="RequestsPerMinute">0: no limit.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record TenantResponse(string Id, string Name, int RequestsPerMinute, DateTimeOffset CreatedAt)
{
    internal static TenantResponse From(TenantRow row) => new(row.Id, row.Name, row.RequestsPerMinute, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedUnixMs));
}

/// <summary>All tenants.</summary>
/// <param name="Tenants">By id.</param>
internal sealed record TenantsResponse(IReadOnlyList<TenantResponse> Tenants);

/// <summary>A tenant to make.</summary>
internal sealed record CreateTenantRequest
{
    [Description("1 to 64 characters of a-z, 0-9, '.', '_' and '-', the first a letter or digit. Never changes.")]
    public string? Id { get; init; }

    [Description("At most 200 characters; the id when left out.")]
    public string? Name { get; init; }

    [Description("0 (no limit, the default) to 10,000,000.")]
    public int? RequestsPerMinute { get; init; }
}

/// <summary>What to change of a tenant; what is left out stays.</summary>
internal sealed record ChangeTenantRequest
{
    [Description("1 to 200 characters.")]
    public string? Name { get; init; }

    [Description("0 (no limit) to 10,000,000.")]
    public int? RequestsPerMinute { get; init; }
}

/// <summary>A key without its secret.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Hint">Its first characters.</param>
/// <param name="Scopes">answers, admin.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RevokedAt">When it was revoked, or null.</param>
internal sealed record KeyResponse(string Id, string Name, string Hint, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt)
{
    internal static KeyResponse From(ApiKeyRow row) => new(
        row.Id, row.Name, row.Hint, row.Scopes.Split(','), DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedUnixMs),
        row.RevokedUnixMs is { } revoked ? DateTimeOffset.FromUnixTimeMilliseconds(revoked) : null);
}

/// <summary>The keys of a tenant.</summary>
/// <param name="Keys">Oldest first, revoked ones too.</param>
internal sealed record KeysResponse(IReadOnlyList<KeyResponse> Keys);

/// <summary>A key to make.</summary>
internal sealed record CreateKeyRequest
{
    [Description("What it is for: 1 to 200 characters.")]
    public string? Name { get; init; }

    [Description("answers (the /v1 surface, the default), admin (the /admin surface).")]
    public IReadOnlyList<string>? Scopes { get; init; }
}

/// <summary>A key just made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Hint">Its first characters.</param>
/// <param name="Scopes">answers, admin.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Key">The key itself. It is shown here, and never again.</param>
internal sealed record CreatedKeyResponse(string Id, string Name, string Hint, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, string Key);
