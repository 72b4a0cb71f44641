using Npgsql;

namespace Slipway.Control.Tests;

/// <summary>A database for one test class: SQLite in the data folder (no connection string), or a new one in the PostgreSQL of <c>SLIPWAY_TEST_POSTGRES</c>.</summary>
public abstract class TestDatabase : IAsyncLifetime
{
    public string? ConnectionString { get; protected set; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();
}

public sealed class SqliteDatabase : TestDatabase
{
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public sealed class PostgresDatabase : TestDatabase
{
    public const string Variable = "SLIPWAY_TEST_POSTGRES";

    private readonly string _name = "slipway_test_" + Guid.NewGuid().ToString("N");

    public static string? Server => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server ? server : null;

    public override async ValueTask InitializeAsync()
    {
        if (Server is null) return;
        await ExecuteAsync($"CREATE DATABASE {_name}");
        ConnectionString = new NpgsqlConnectionStringBuilder(Server) { Database = _name }.ToString();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Server is null) return;
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync($"DROP DATABASE {_name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
