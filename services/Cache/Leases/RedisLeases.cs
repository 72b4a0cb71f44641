using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Leases;

/// <summary>
/// Leases between replicas: <c>SET lease-key id NX PX</c>; to free one, <c>GET</c> and, if the id is the holder's, <c>DEL</c>. The client's own lock release is a
/// transaction, which stops everything else on the shared connection for a round trip. Here a lease that expires and is taken anew between the two
/// commands may be freed too early; that costs one caller's work, no wrong answer.
/// </summary>
internal sealed class RedisLeases(RedisLink redis, CacheOptions options)
{
    /// <summary>Whether commands reach Redis at all.</summary>
    internal bool Usable => redis.Usable;

    /// <summary>Takes the lease if it is free. No answer means that this replica decides alone.</summary>
    internal ValueTask<RedisReply<bool>> TakeAsync(string key, string id, CancellationToken cancellationToken = default) =>
        redis.TryAsync(static (database, lease) => database.LockTakeAsync(lease.Key, lease.Id, lease.Duration), (Key: (RedisKey)key, Id: (RedisValue)id, Duration: options.LeaseDuration), cancellationToken);

    /// <summary>Frees the lease, if it has this id.</summary>
    internal async ValueTask ReleaseAsync(string key, string id)
    {
        var holder = await redis.TryAsync(static (database, key) => database.StringGetAsync(key), (RedisKey)key);
        if (holder.Answered && holder.Value == id) await redis.TryAsync(static (database, key) => database.KeyDeleteAsync(key), (RedisKey)key);
    }
}
