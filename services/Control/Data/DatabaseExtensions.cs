using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Slipway.ServiceDefaults;

namespace Slipway.Control.Data;

/// <summary>Which database: PostgreSQL where <c>ConnectionStrings:database</c> is one of its connection strings (<c>Host=…</c>), else a SQLite file.</summary>
internal static class DatabaseExtensions
{
    internal static WebApplicationBuilder AddDatabase(this WebApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString("database");
        var folder = builder.DataPath();
        builder.Services.AddSingleton(new ControlFolder(folder));
        builder.Services.AddSingleton<TimeOrderedIds>();
        builder.Services.AddPooledDbContextFactory<ControlDb>(options => Configure(options, connectionString, folder));
        builder.Services.AddHostedService<DatabaseStart>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database", timeout: TimeSpan.FromSeconds(2));
        return builder;
    }

    internal static void Configure(DbContextOptionsBuilder options, string? connectionString, string folder)
    {
        if (IsPostgres(connectionString)) options.UseNpgsql(connectionString);
        else options.UseSqlite(Sqlite(connectionString, folder)).AddInterceptors(SqlitePragmas.Instance);
        options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.NonTransactionalMigrationOperationWarning));
    }

    internal static bool IsPostgres(string? connectionString) =>
        connectionString is not null
        && connectionString.Split(';').Any(part => part.Split('=')[0].Trim() is var key && (key.Equals("Host", StringComparison.OrdinalIgnoreCase) || key.Equals("Server", StringComparison.OrdinalIgnoreCase)));

    private static string Sqlite(string? connectionString, string folder)
    {
        var sqlite = string.IsNullOrWhiteSpace(connectionString) ? new SqliteConnectionStringBuilder { DataSource = "control.db" } : new SqliteConnectionStringBuilder(connectionString);
        if (!Path.IsPathRooted(sqlite.DataSource)) sqlite.DataSource = Path.Combine(folder, sqlite.DataSource);
        return sqlite.ToString();
    }
}

/// <summary>The folder that control owns.</summary>
/// <param name="Path">The full path.</param>
internal sealed record ControlFolder(string Path)
{
    internal string File(string name) => System.IO.Path.Combine(Path, name);
}
