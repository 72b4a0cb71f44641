using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Keyword;
using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.Retrieval.Vectors;

/// <summary>
/// Vector sets over RESP, as Garnet 2.2 has them behind <c>--enable-vector-set-preview</c>. A set is a key; an element is a chunk's number, 8 bytes big endian.
/// <list type="bullet">
/// <item><c>VADD key FP32 blob element Q8 EF n M n</c>: little-endian float32; one byte per dimension is kept for the walk through the graph.</item>
/// <item><c>VSIM key FP32 blob WITHSCORES COUNT k EF n</c>: element and distance in turn. The distance is squared L2, for unit vectors 2 − 2 cos.</item>
/// <item><c>VREM</c>, <c>VCARD</c>, <c>VISMEMBER</c>; <c>DEL</c> drops a set.</item>
/// </list>
/// Elements are never written twice: chunk numbers are not used again, so "already there" is as good as added.
/// </summary>
internal sealed class RespVectorIndex(Func<IConnectionMultiplexer> connect, VectorOptions options) : IVectorIndex
{
    /// <summary>
    /// Commands in flight while a set is filled. Searches share the connection and wait behind them: 8 × 0.4 ms is what a search may lose to a rebuild.
    /// </summary>
    private const int InFlight = 8;

    private readonly Lazy<IConnectionMultiplexer> _connection = new(connect);

    /// <summary>About how many vectors each set holds: what was counted last and added since. It is counted every <see cref="VectorOptions.VerifySeconds"/>.</summary>
    private readonly ConcurrentDictionary<string, long> _sizes = new(StringComparer.Ordinal);

    /// <summary>The connection, made on first use: that can take as long as a connection attempt may.</summary>
    public IConnectionMultiplexer Connection => _connection.Value;

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellationToken) => ExecuteAsync(cancellationToken, "PING");

    /// <inheritdoc />
    public async Task AddAsync(string set, IReadOnlyList<ChunkVector> vectors, CancellationToken cancellationToken)
    {
        await PipelineAsync(
            vectors.Count,
            i => ExecuteAsync(
                cancellationToken, "VADD", (RedisKey)set, "FP32", Blob(vectors[i].Vector), Element(vectors[i].Chunk), "Q8", "EF", options.BuildEf, "M", options.Links),
            null,
            cancellationToken);
        _sizes.AddOrUpdate(set, vectors.Count, (_, size) => size + vectors.Count);
    }

    /// <inheritdoc />
    public Task RemoveAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken) => PipelineAsync(
        chunks.Count, i => ExecuteAsync(cancellationToken, "VREM", (RedisKey)set, Element(chunks[i])), null, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyList<long>> FindMissingAsync(string set, IReadOnlyList<long> chunks, CancellationToken cancellationToken)
    {
        var missing = new List<long>();
        await PipelineAsync(
            chunks.Count,
            i => ExecuteAsync(cancellationToken, "VISMEMBER", (RedisKey)set, Element(chunks[i])),
            (i, reply) =>
            {
                if ((int)reply == 0) missing.Add(chunks[i]);
            },
            cancellationToken);
        return missing;
    }

    /// <inheritdoc />
    public async Task<long> CountAsync(string set, CancellationToken cancellationToken) => _sizes[set] = (long)await ExecuteAsync(cancellationToken, "VCARD", (RedisKey)set);

    /// <inheritdoc />
    public Task DropAsync(string set, CancellationToken cancellationToken)
    {
        _sizes.TryRemove(set, out _);
        return ExecuteAsync(cancellationToken, "DEL", (RedisKey)set);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var cursor = "0";
        do
        {
            var reply = (RedisResult[])(await ExecuteAsync(cancellationToken, "SCAN", cursor, "MATCH", prefix + "*", "COUNT", 1000))!;
            cursor = (string)reply[0]!;
            names.AddRange(((string[])reply[1]!).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));
        }
        while (cursor != "0");
        return names;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<ScoredChunk>> SearchAsync(string set, ReadOnlyMemory<float> query, int count, CancellationToken cancellationToken)
    {
        var reply = (RedisResult[])(await ExecuteAsync(
            cancellationToken, "VSIM", (RedisKey)set, "FP32", Blob(query.Span), "WITHSCORES", "COUNT", count, "EF", Math.Max(count, options.SearchEfFor(_sizes.GetValueOrDefault(set)))))!;
        var result = new ScoredChunk[reply.Length / 2];
        for (var i = 0; i < result.Length; i++)
        {
            var element = (byte[])reply[2 * i]!;
            var distance = double.Parse((string)reply[(2 * i) + 1]!, CultureInfo.InvariantCulture);
            result[i] = new ScoredChunk(BinaryPrimitives.ReadInt64BigEndian(element), Math.Clamp(1 - (distance / 2), -1, 1));
        }

        return result;
    }

    private static byte[] Element(long chunk)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, chunk);
        return bytes;
    }

    private static byte[] Blob(ReadOnlySpan<float> vector)
    {
        var bytes = MemoryMarshal.AsBytes(vector).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            for (var i = 0; i < bytes.Length; i += 4) bytes.AsSpan(i, 4).Reverse();
        }

        return bytes;
    }

    private static async Task PipelineAsync(int count, Func<int, Task<RedisResult>> send, Action<int, RedisResult>? take, CancellationToken cancellationToken)
    {
        var window = new Queue<Task<RedisResult>>(InFlight);
        var taken = 0;
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (window.Count == InFlight) await TakeAsync();
            window.Enqueue(send(i));
        }

        while (window.Count > 0) await TakeAsync();

        async Task TakeAsync()
        {
            var reply = await window.Dequeue();
            take?.Invoke(taken++, reply);
        }
    }

    private async Task<RedisResult> ExecuteAsync(CancellationToken cancellationToken, string command, params object[] arguments)
    {
        try
        {
            return await Connection.GetDatabase().ExecuteAsync(command, arguments).WaitAsync(cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new VectorIndexException(VectorFault.Timeout, $"{command} was not answered in time.", exception);
        }
        catch (RedisServerException exception)
        {
            throw new VectorIndexException(VectorFault.Refused, $"{command} was refused: {exception.Message}", exception);
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception) && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw new VectorIndexException(VectorFault.Unavailable, $"{command} found no connection.", exception);
        }
    }
}
