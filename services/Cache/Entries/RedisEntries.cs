using Microsoft.Extensions.Caching.Distributed;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Entries;

/// <summary>
/// FusionCache's second level. Microsoft's own for Redis keeps a hash for each entry and needs two commands to write it; over the service's one
/// <see cref="RedisLink"/> an entry is a string with an expiry: <c>GET</c>, <c>SET … PX</c>. A read that fails is a miss; a write that fails throws, which
/// FusionCache takes as "send it again when Redis is back" (its auto-recovery).
/// </summary>
internal sealed class RedisEntries(RedisLink redis, TimeProvider time) : IDistributedCache
{
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var reply = await redis.TryAsync(static (database, key) => database.StringGetAsync(key), (RedisKey)key, token);
        return reply.Answered ? (byte[]?)reply.Value : null;
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        // The entry says itself when it expires: one that is sent again later must not live longer for it.
        var left = EntrySerializer.ExpiryOf(value) - time.GetUtcNow();
        if (left <= TimeSpan.Zero) return;
        var reply = await redis.TryAsync(
            static (database, entry) => database.StringSetAsync(entry.Key, entry.Value, entry.Left), (Key: (RedisKey)key, Value: (RedisValue)value, Left: left), token);
        if (!reply.Answered) throw new RedisAwayException();
    }

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        await redis.TryAsync(static (database, key) => database.KeyDeleteAsync(key), (RedisKey)key, token);

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public byte[]? Get(string key) => throw Blocking();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw Blocking();

    public void Remove(string key) => throw Blocking();

    public void Refresh(string key) => throw Blocking();

    private static NotSupportedException Blocking() => new("A request never blocks on Redis: use the asynchronous methods.");
}

/// <summary>A write that did not reach Redis.</summary>
internal sealed class RedisAwayException() : Exception("Redis is away.");
