using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Cache.Keys;
using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using StackExchange.Redis;

namespace Slipway.Cache.Generations;

/// <summary>
/// Forgetting a tenant is raising a number that is part of its keys; what has the old number is never found again, and expires. The number only grows, and the
/// highest one known anywhere wins:
/// <list type="number">
/// <item>a purge raises the number here at once, then by <c>INCR</c> in Redis, where two replicas' purges add up;</item>
/// <item>every replica reads the number again before it is older than <see cref="CacheOptions.PurgeReach"/>;</item>
/// <item>a replica that knows a higher number than Redis (which has lost its memory) writes its own;</item>
/// <item>a purge that Redis could not be told of stays due, and the tenant's entries stay in memory alone, until it has been told.</item>
/// </list>
/// </summary>
internal sealed class TenantGenerations(RedisLink redis, CacheOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantState> _tenants = new(StringComparer.Ordinal);

    /// <summary>The tenant's generation, no older than <see cref="CacheOptions.PurgeReach"/> where Redis answers.</summary>
    internal ValueTask<Generation> CurrentAsync(string tenant, CancellationToken cancellationToken)
    {
        var state = _tenants.GetOrAdd(tenant, static name => new TenantState(name));
        var age = state.Age(time);
        if (age < options.PurgeReach / 2) return new(state.Current);
        // The renewal belongs to the replica, not to the call that happens to start it: its cancellation must not reach it.
        var renewal = state.RenewOnce(this);
        return age < options.PurgeReach ? new(state.Current) : AfterAsync(renewal, state, cancellationToken);
    }

    /// <summary>Forgets what the tenant has. Here it is done when this returns.</summary>
    /// <returns>Whether Redis, and by it every other replica, has been told; otherwise it is told when it answers again.</returns>
    internal async Task<bool> PurgeAsync(string tenant)
    {
        var state = _tenants.GetOrAdd(tenant, static name => new TenantState(name));
        state.Purge();
        // A renewal that was under way may have read before the purge.
        await state.RenewOnce(this);
        if (!state.Current.Shared) await state.RenewOnce(this);
        return state.Current.Shared;
    }

    /// <summary>Tells Redis of the purges that it could not be told of.</summary>
    internal void TellDue()
    {
        if (!redis.Usable) return;
        foreach (var (_, state) in _tenants)
        {
            if (!state.Current.Shared) _ = state.RenewOnce(this);
        }
    }

    /// <summary>Drops what is known of tenants that have not been asked for in longer than any entry lives.</summary>
    internal void Sweep()
    {
        foreach (var (name, state) in _tenants)
        {
            if (state.Current.Shared && state.Age(time) > CacheOptions.LongestTtl * 2) _tenants.TryRemove(KeyValuePair.Create(name, state));
        }
    }

    private static async ValueTask<Generation> AfterAsync(Task renewal, TenantState state, CancellationToken cancellationToken)
    {
        await renewal.WaitAsync(cancellationToken);
        return state.Current;
    }

    private async Task RenewAsync(TenantState state)
    {
        RedisKey key = EntryAddress.GenerationOf(state.Name);
        var due = state.PurgesDue;
        var reply = due > 0
            ? await redis.TryAsync(static (database, key) => database.StringIncrementAsync(key), key)
            : await ReadAsync(key);
        var behind = state.Renewed(time, reply, due);
        if (behind is { } ours)
            await redis.TryAsync(static (database, set) => database.StringSetAsync(set.key, set.ours), (key, ours));
    }

    private async Task<RedisReply<long>> ReadAsync(RedisKey key)
    {
        var reply = await redis.TryAsync(static (database, key) => database.StringGetAsync(key), key);
        var text = (string?)reply.Value;
        return new(reply.Answered, long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
    }

    private sealed class TenantState(string name)
    {
        private readonly Lock _gate = new();
        private long _number;
        private int _purgesDue;
        private long _renewedAt;
        private bool _known;
        private Task? _renewal;

        internal string Name { get; } = name;

        internal Generation Current
        {
            get
            {
                lock (_gate) return new(_number, _purgesDue == 0);
            }
        }

        internal int PurgesDue
        {
            get
            {
                lock (_gate) return _purgesDue;
            }
        }

        internal TimeSpan Age(TimeProvider time)
        {
            lock (_gate) return _known ? time.GetElapsedTime(_renewedAt) : TimeSpan.MaxValue;
        }

        internal void Purge()
        {
            lock (_gate)
            {
                _number++;
                _purgesDue++;
            }
        }

        internal Task RenewOnce(TenantGenerations owner)
        {
            lock (_gate)
            {
                return _renewal is { IsCompleted: false } running ? running : _renewal = owner.RenewAsync(this);
            }
        }

        /// <returns>The number that Redis lacks, or null.</returns>
        internal long? Renewed(TimeProvider time, RedisReply<long> reply, int purgesTold)
        {
            lock (_gate)
            {
                // Also when Redis is away: the next call need not find that out again.
                _renewedAt = time.GetTimestamp();
                _known = true;
                if (!reply.Answered) return null;
                _purgesDue -= purgesTold;
                var behind = reply.Value < _number;
                _number = Math.Max(_number, reply.Value);
                // A purge that came while Redis answered has its own INCR to come.
                return behind && _purgesDue == 0 ? _number : null;
            }
        }
    }
}
