using System.Text;
using Microsoft.EntityFrameworkCore;
using Slipway.Control.Data;

namespace Slipway.Control.Tenants;

/// <summary>
/// The keys that a start makes. In Development: tenant <c>dev</c> with the well-known key. Elsewhere that key is deleted, whoever put it there; and when no key
/// can administer, tenant <c>admin</c> gets one, written to the file <c>first-admin-key</c> in control's folder for its owner to take and delete.
/// </summary>
internal sealed partial class TenantSeed(IHostEnvironment environment, ControlFolder folder, TimeProvider time, ILogger<TenantSeed> logger)
{
    internal const string KeyFile = "first-admin-key";

    internal async Task ApplyAsync(ControlDb database, CancellationToken cancellationToken)
    {
        if (environment.IsDevelopment()) await EnsureDevelopmentKeyAsync(database, cancellationToken);
        else await DeleteDevelopmentKeyAsync(database, cancellationToken);
    }

    internal static ApiKeyRow RowFor(string tenantId, string name, string key, IEnumerable<string> scopes, DateTimeOffset now) => new()
    {
        Id = "key_" + Guid.CreateVersion7(now).ToString("N"),
        TenantId = tenantId,
        Name = name,
        Hash = KeyMaker.Hash(key),
        Hint = KeyMaker.Hint(key),
        Scopes = string.Join(',', scopes),
        CreatedUnixMs = now.ToUnixTimeMilliseconds(),
    };

    private async Task EnsureDevelopmentKeyAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var hash = KeyMaker.Hash(KeyMaker.DevelopmentKey);
        var now = time.GetUtcNow();
        if (!await database.Tenants.AnyAsync(row => row.Id == "dev", cancellationToken))
            database.Tenants.Add(new TenantRow { Id = "dev", Name = "Development", CreatedUnixMs = now.ToUnixTimeMilliseconds() });
        if (!await database.ApiKeys.AnyAsync(row => row.Hash == hash, cancellationToken))
            database.ApiKeys.Add(RowFor("dev", "development", KeyMaker.DevelopmentKey, Scopes.All, now));
        await database.SaveChangesAsync(cancellationToken);
    }

    private async Task DeleteDevelopmentKeyAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var hash = KeyMaker.Hash(KeyMaker.DevelopmentKey);
        if (await database.ApiKeys.Where(row => row.Hash == hash).ExecuteDeleteAsync(cancellationToken) > 0) LogDeleted();

        var active = await database.ApiKeys.AsNoTracking().Where(row => row.RevokedUnixMs == null).Select(row => row.Scopes).ToListAsync(cancellationToken);
        if (active.Any(scopes => scopes.Split(',').Contains(Scopes.Admin))) return;

        var now = time.GetUtcNow();
        if (!await database.Tenants.AnyAsync(row => row.Id == "admin", cancellationToken))
            database.Tenants.Add(new TenantRow { Id = "admin", Name = "Administration", CreatedUnixMs = now.ToUnixTimeMilliseconds() });
        var key = KeyMaker.Make();
        database.ApiKeys.Add(RowFor("admin", "first", key, Scopes.All, now));
        // The file first: a key in the database that nobody knows would keep the next start from making another.
        WriteKeyFile(key);
        await database.SaveChangesAsync(cancellationToken);
        LogFirstKey(KeyFile);
    }

    private void WriteKeyFile(string key)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(folder.File(KeyFile), options);
        file.Write(Encoding.ASCII.GetBytes(key + "\n"));
    }

    [LoggerMessage(110, LogLevel.Warning, "The development key was in the database; it is deleted, because the environment is not Development.")]
    private partial void LogDeleted();

    [LoggerMessage(111, LogLevel.Warning, "No key could administer: one was made for tenant 'admin' and written to the file {File} in control's data folder. Take it and delete the file.")]
    private partial void LogFirstKey(string file);
}
