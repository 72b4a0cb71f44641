using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Leases;

/// <summary>Leases between replicas: <c>SET lease-key id NX PX</c>, and a delete that only the holder's id can do.</summary>
internal sealed class RedisLeases(RedisLink redis, CacheOptions options)
{
    /// <summary>Whether commands reach Redis at all.</summary>
    internal bool Usable => redis.Usable;

    /// <summary>Takes the lease if it is free. No answer means that this replica decides alone.</summary>
    internal ValueTask<RedisReply<bool>> TakeAsync(string key, string id, CancellationToken cancellationToken = default) =>
        redis.TryAsync(static (database, lease) => database.LockTakeAsync(lease.Key, lease.Id, lease.Duration), (Key: (RedisKey)key, Id: (RedisValue)id, Duration: options.LeaseDuration), cancellationToken);

    /// <summary>Frees the lease, if it has this id.</summary>
    internal ValueTask<RedisReply<bool>> ReleaseAsync(string key, string id) =>
        redis.TryAsync(static (database, lease) => database.LockReleaseAsync(lease.Key, lease.Id), (Key: (RedisKey)key, Id: (RedisValue)id));
}
