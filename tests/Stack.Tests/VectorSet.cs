using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;

namespace Slipway.Stack.Tests;

/// <summary>The vectors of the tenant dev: those that are stored in documents.db, and those that the vectors process holds.</summary>
internal sealed class VectorSet : IAsyncDisposable
{
    private const string Wrong = "tests:wrong";

    private readonly string _documents;
    private readonly ConnectionMultiplexer _connection;

    private VectorSet(string documents, ConnectionMultiplexer connection) => (_documents, _connection) = (documents, connection);

    public static async Task<VectorSet> OpenAsync(AppHostProcess stack, string data) => new(
        Path.Combine(data, "retrieval", "documents.db"), await ConnectionMultiplexer.ConnectAsync(stack.VariableOf("retrieval", "ConnectionStrings__vectors")));

    /// <summary>The stored vectors that the index lacks, and how many it holds that are not stored.</summary>
    public async Task<(int Stored, int Missing, long TooMany)> CompareAsync()
    {
        var (name, rows) = Read();
        var missing = 0;
        foreach (var (chunk, _) in rows)
        {
            if ((int)await _connection.GetDatabase().ExecuteAsync("VISMEMBER", (RedisKey)name, Element(chunk)) == 0) missing++;
        }

        return (rows.Count, missing, (long)await _connection.GetDatabase().ExecuteAsync("VCARD", (RedisKey)name) - rows.Count + missing);
    }

    /// <summary>Gives each chunk the vector of another, all in one step.</summary>
    public async Task CorruptAsync()
    {
        var (name, rows) = Read();
        for (var i = 0; i < rows.Count; i++)
        {
            var vector = rows[(i + (rows.Count / 2)) % rows.Count].Vector;
            await _connection.GetDatabase().ExecuteAsync("VADD", (RedisKey)Wrong, "FP32", vector, Element(rows[i].Chunk), "Q8", "EF", 200, "M", 16);
        }

        await _connection.GetDatabase().ExecuteAsync("RENAME", (RedisKey)Wrong, (RedisKey)name);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private (string Name, List<(long Chunk, byte[] Vector)> Rows) Read()
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _documents, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT 'slipway:' || (SELECT value FROM meta WHERE name = 'database_id') || ':' || c.corpus || ':' || c.generation, v.chunk, v.vector
            FROM corpora c JOIN vectors v ON v.generation = c.generation WHERE c.tenant = 'dev' AND c.collection = 'default' ORDER BY v.chunk
            """;
        using var reader = command.ExecuteReader();
        var (name, rows) = ("", new List<(long, byte[])>());
        while (reader.Read())
        {
            name = reader.GetString(0);
            rows.Add((reader.GetInt64(1), (byte[])reader.GetValue(2)));
        }

        return (name, rows);
    }

    private static byte[] Element(long chunk)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, chunk);
        return bytes;
    }
}
