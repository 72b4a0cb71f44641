using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;

namespace Slipway.Stack.Bench.Chaos;

/// <summary>Looks at the vectors process from outside, and can exchange a set's vectors for wrong ones.</summary>
/// <param name="connectionString">As the retrieval service has it.</param>
/// <param name="documents">The path of documents.db, which is only read.</param>
internal sealed class VectorsProbe(string connectionString, string documents)
{
    private const string Wrong = "chaos:wrong";

    /// <summary>Returns when the process answers PING.</summary>
    public async Task AnswersAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (!await PingAsync(timeout.Token)) await Task.Delay(10, timeout.Token);
    }

    /// <summary>Vectors that the index holds, and vectors that are stored and must be in it.</summary>
    public async Task<(long Held, long Stored)> CountAsync()
    {
        await using var connection = await ConnectAsync();
        var set = ReadSet();
        return ((long)await connection.GetDatabase().ExecuteAsync("VCARD", (RedisKey)set.Name), set.Stored);
    }

    /// <summary>
    /// Makes the index one that is corrupted: the same elements, each with the vector of another. The wrong set is made beside the right one, and takes its place in one step.
    /// </summary>
    public async Task CorruptAsync()
    {
        var set = ReadSet();
        var rows = ReadVectors(set.Generation);
        await using var connection = await ConnectAsync();
        var database = connection.GetDatabase();
        await database.ExecuteAsync("DEL", (RedisKey)Wrong);
        var underWay = new Queue<Task>();
        for (var i = 0; i < rows.Count; i++)
        {
            var element = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(element, rows[i].Chunk);
            underWay.Enqueue(database.ExecuteAsync("VADD", (RedisKey)Wrong, "FP32", rows[(i + (rows.Count / 2)) % rows.Count].Vector, element, "Q8", "EF", 200, "M", 16));
            if (underWay.Count == 8) await underWay.Dequeue();
        }

        await Task.WhenAll(underWay);
        await database.ExecuteAsync("RENAME", (RedisKey)Wrong, (RedisKey)set.Name);
    }

    private async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.EndPoints[0], cancellationToken);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"*2\r\n$4\r\nAUTH\r\n${options.Password!.Length}\r\n{options.Password}\r\n*1\r\n$4\r\nPING\r\n"), cancellationToken);
            var answer = new byte[256];
            var filled = 0;
            while (await socket.ReceiveAsync(answer.AsMemory(filled), cancellationToken) is > 0 and var read)
            {
                filled += read;
                if (answer.AsSpan(0, filled).EndsWith("PONG\r\n"u8)) return true;
            }
        }
        catch (SocketException)
        {
            // Not there yet.
        }

        return false;
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AsyncTimeout = 30_000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    private (string Name, long Generation, long Stored) ReadSet()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT 'slipway:' || (SELECT value FROM meta WHERE name = 'database_id') || ':' || c.corpus || ':' || c.generation, c.generation,
                (SELECT COUNT(*) FROM vectors v WHERE v.generation = c.generation)
            FROM corpora c WHERE c.tenant = 'dev' AND c.collection = 'default'
            """;
        using var reader = command.ExecuteReader();
        if (!reader.Read()) throw new InvalidOperationException("The tenant dev has no documents.");
        return (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    private List<(long Chunk, byte[] Vector)> ReadVectors(long generation)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT chunk, vector FROM vectors WHERE generation = {generation} ORDER BY chunk");
        using var reader = command.ExecuteReader();
        var rows = new List<(long, byte[])>();
        while (reader.Read()) rows.Add((reader.GetInt64(0), (byte[])reader.GetValue(1)));
        return rows;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = documents, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
