using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Watching;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Tenants;

/// <summary>Tenants and their keys: written to the database first, then published to whoever follows.</summary>
internal sealed class TenantStore(IDbContextFactory<ControlDb> databases, TenantSeed seed, TimeProvider time)
{
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>The set that the edge serves with: only keys that are not revoked.</summary>
    public Published<TenantSet> Set { get; } = new();

    internal async Task StartAsync(ControlDb database, CancellationToken cancellationToken)
    {
        await seed.ApplyAsync(database, cancellationToken);
        await PublishAsync(database, cancellationToken);
    }

    public async Task<IReadOnlyList<TenantRow>> ListAsync(CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        return await database.Tenants.AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancellationToken);
    }

    public async Task<TenantRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        return await database.Tenants.AsNoTracking().FirstOrDefaultAsync(row => row.Id == id, cancellationToken);
    }

    public Task<TenantRow> CreateAsync(string id, string name, int requestsPerMinute, CancellationToken cancellationToken) => WriteAsync(
        async database =>
        {
            if (await database.Tenants.AnyAsync(row => row.Id == id, cancellationToken)) throw new ApiException(new ApiError(409, "tenant_exists", $"There is a tenant '{id}' already.", "id"));
            var tenant = new TenantRow { Id = id, Name = name, RequestsPerMinute = requestsPerMinute, CreatedUnixMs = Now };
            database.Tenants.Add(tenant);
            return tenant;
        },
        cancellationToken);

    public Task<TenantRow> ChangeAsync(string id, string? name, int? requestsPerMinute, CancellationToken cancellationToken) => WriteAsync(
        async database =>
        {
            var tenant = await database.Tenants.FirstOrDefaultAsync(row => row.Id == id, cancellationToken) ?? throw Unknown(id);
            tenant.Name = name ?? tenant.Name;
            tenant.RequestsPerMinute = requestsPerMinute ?? tenant.RequestsPerMinute;
            return tenant;
        },
        cancellationToken);

    public async Task<IReadOnlyList<ApiKeyRow>> ListKeysAsync(string tenantId, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        if (!await database.Tenants.AnyAsync(row => row.Id == tenantId, cancellationToken)) throw Unknown(tenantId);
        return await database.ApiKeys.AsNoTracking().Where(row => row.TenantId == tenantId).OrderBy(row => row.CreatedUnixMs).ThenBy(row => row.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Makes a key. It is returned here and nowhere else ever again.</summary>
    public async Task<(ApiKeyRow Row, string Key)> CreateKeyAsync(string tenantId, string name, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        var key = KeyMaker.Make();
        var made = await WriteAsync(
            async database =>
            {
                if (!await database.Tenants.AnyAsync(row => row.Id == tenantId, cancellationToken)) throw Unknown(tenantId);
                var row = TenantSeed.RowFor(tenantId, name, key, scopes, time.GetUtcNow());
                database.ApiKeys.Add(row);
                return row;
            },
            cancellationToken);
        return (made, key);
    }

    /// <summary>Revokes a key: the edges learn of it at once. Revoking it again changes nothing.</summary>
    public Task<ApiKeyRow> RevokeKeyAsync(string tenantId, string keyId, CancellationToken cancellationToken) => WriteAsync(
        async database =>
        {
            var key = await database.ApiKeys.FirstOrDefaultAsync(row => row.TenantId == tenantId && row.Id == keyId, cancellationToken)
                ?? throw new ApiException(new ApiError(404, "key_not_found", $"Tenant '{tenantId}' has no key '{keyId}'."));
            key.RevokedUnixMs ??= Now;
            return key;
        },
        cancellationToken);

    internal static ApiException Unknown(string id) => new(new ApiError(404, "tenant_not_found", $"There is no tenant '{id}'."));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<T> WriteAsync<T>(Func<ControlDb, Task<T>> change, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            var result = await change(database);
            await database.SaveChangesAsync(cancellationToken);
            // The change is made: a caller that goes away now must not keep the others from hearing of it.
            await PublishAsync(database, CancellationToken.None);
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task PublishAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var tenants = await database.Tenants.AsNoTracking().OrderBy(row => row.Id).ToListAsync(cancellationToken);
        var keys = await database.ApiKeys.AsNoTracking().Where(row => row.RevokedUnixMs == null).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        var byTenant = keys.ToLookup(key => key.TenantId);
        var set = new TenantSet();
        foreach (var tenant in tenants)
        {
            var entry = new Tenant { Id = tenant.Id, Name = tenant.Name, RequestsPerMinute = tenant.RequestsPerMinute };
            entry.Keys.AddRange(byTenant[tenant.Id].Select(key => new ApiKey { Hash = Google.Protobuf.ByteString.CopyFrom(key.Hash), Scopes = { key.Scopes.Split(',') } }));
            set.Tenants.Add(entry);
        }

        set.Version = ContentVersion.Of(set);
        if (Set.Current?.Version != set.Version) Set.Publish(set);
    }
}
