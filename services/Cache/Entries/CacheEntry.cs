using Google.Protobuf;

namespace Slipway.Cache.Entries;

/// <summary>A stored value. The same object answers every hit in memory: the bytes are never copied.</summary>
/// <param name="Value">The value.</param>
/// <param name="StoredAt">When it was stored.</param>
/// <param name="ExpiresAt">From when on it is no answer any more.</param>
internal sealed record CacheEntry(ByteString Value, DateTimeOffset StoredAt, DateTimeOffset ExpiresAt)
{
    /// <summary>What one entry takes in memory besides its value: key, objects, the index. Estimated from the objects' sizes.</summary>
    private const int Overhead = 600;

    /// <summary>What it counts for in the memory layer, in bytes.</summary>
    internal long Size => Value.Length + Overhead;
}
