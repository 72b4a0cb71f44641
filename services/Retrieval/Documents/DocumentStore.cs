using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace Slipway.Retrieval.Documents;

/// <summary>
/// The documents, chunks and vectors of all tenants, in one SQLite file. One connection writes, under a lock; readers have connections of their own and, by the
/// write-ahead log, neither wait nor are waited for. With <c>synchronous=FULL</c> a transaction that returned is on the disk.
/// Split by aspect: opening here, changes, reads for search and indexing, vectors.
/// </summary>
internal sealed partial class DocumentStore : IDisposable
{
    private const int MostIdleReaders = 16;

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly Lock _writeGate = new();
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private bool _disposed;

    /// <summary>Opens the file, and creates it where it is missing.</summary>
    /// <exception cref="InvalidOperationException">A later version of Slipway wrote it.</exception>
    public DocumentStore(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        _writer = Open();
        try
        {
            // FULL: the log is synced at each commit. 8 MiB of log before a checkpoint keeps checkpoints out of small batches.
            Execute(_writer, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=2000;");
            Migrate();
            DatabaseId = (string)Scalar(_writer, "SELECT value FROM meta WHERE name = 'database_id'")!;
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
    }

    /// <summary>8 hex digits that no other database has: corpus versions of a database that was thrown away are never met again.</summary>
    public string DatabaseId { get; }

    /// <summary>The corpus version of a sequence number.</summary>
    public string VersionFor(long sequence) => string.Create(CultureInfo.InvariantCulture, $"{DatabaseId}-{sequence}");

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_writeGate)
        {
            if (_disposed) return;
            _disposed = true;
            DisposeCommands();
            // The last connection to close empties the log into the file.
            while (_readers.TryTake(out var reader)) reader.Dispose();
            _writer.Dispose();
        }
    }

    private void Migrate()
    {
        var version = Convert.ToInt32(Scalar(_writer, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > Schema.Version)
            throw new InvalidOperationException($"documents.db has schema version {version}; this version of Slipway knows {Schema.Version}. Use the newer Slipway, or another data folder.");
        if (version == Schema.Version) return;
        using var transaction = _writer.BeginTransaction();
        foreach (var step in Schema.Steps.Skip(version)) Execute(_writer, step, transaction);
        if (version is > 0 and < Schema.MetadataVersion) FillMetadata(transaction);
        if (version == 0) Execute(_writer, $"INSERT INTO meta VALUES ('database_id', '{RandomNumberGenerator.GetHexString(8, lowercase: true)}')", transaction);
        Execute(_writer, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={Schema.Version}"), transaction);
        transaction.Commit();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // 4 MB of page cache each; the operating system caches the file besides.
        Execute(connection, "PRAGMA busy_timeout=5000; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;");
        return connection;
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_readers.TryTake(out var connection)) connection = Open();
        try
        {
            var result = read(connection);
            if (_disposed || _readers.Count >= MostIdleReaders) connection.Dispose();
            else _readers.Add(connection);
            return result;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private T Write<T>(Func<SqliteTransaction, T> write)
    {
        lock (_writeGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var transaction = _writer.BeginTransaction();
            var result = write(transaction);
            transaction.Commit();
            return result;
        }
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
