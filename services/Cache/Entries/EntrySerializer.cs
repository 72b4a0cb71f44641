using System.Buffers.Binary;
using Google.Protobuf;
using ZiggyCreatures.Caching.Fusion.Internals;
using ZiggyCreatures.Caching.Fusion.Internals.Distributed;
using ZiggyCreatures.Caching.Fusion.Serialization;

namespace Slipway.Cache.Entries;

/// <summary>
/// An entry's bytes in Redis: <c>version (1 byte, 1), stored at (int64), expires at (int64), value</c>; the numbers are little-endian milliseconds since
/// 1970. Whatever else is found there is no entry.
/// </summary>
internal sealed class EntrySerializer : IFusionCacheSerializer
{
    internal const int HeaderBytes = 1 + sizeof(long) + sizeof(long);
    private const byte Version = 1;

    public byte[] Serialize<T>(T? obj)
    {
        if (obj is not FusionCacheDistributedEntry<CacheEntry> { Value: { } entry })
            throw new NotSupportedException($"This serializer is for {nameof(CacheEntry)}, not {typeof(T)}.");
        var bytes = new byte[HeaderBytes + entry.Value.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), entry.StoredAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1 + sizeof(long)), entry.ExpiresAt.ToUnixTimeMilliseconds());
        entry.Value.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    public T? Deserialize<T>(byte[] data)
    {
        if (Read(data) is not { } entry) return default;
        var metadata = new FusionCacheEntryMetadata(isStale: false, eagerExpirationTimestamp: null, etag: null, lastModifiedTimestamp: null, entry.Size, priority: null);
        return (T)(object)new FusionCacheDistributedEntry<CacheEntry>(entry, entry.StoredAt.UtcTicks, entry.ExpiresAt.UtcTicks, tags: null, metadata);
    }

    public ValueTask<byte[]> SerializeAsync<T>(T? obj, CancellationToken token = default) => new(Serialize(obj));

    public ValueTask<T?> DeserializeAsync<T>(byte[] data, CancellationToken token = default) => new(Deserialize<T>(data));

    /// <summary>When the entry in these bytes expires.</summary>
    internal static DateTimeOffset ExpiryOf(ReadOnlySpan<byte> data) =>
        DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(data[(1 + sizeof(long))..]));

    internal static CacheEntry? Read(byte[] data)
    {
        if (data.Length < HeaderBytes || data[0] != Version) return null;
        try
        {
            return new CacheEntry(
                UnsafeByteOperations.UnsafeWrap(data.AsMemory(HeaderBytes)),
                DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(1))),
                ExpiryOf(data));
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
