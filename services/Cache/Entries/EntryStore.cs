using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Caching.Memory;
using Slipway.Cache.Generations;
using Slipway.Cache.Keys;
using Slipway.Cache.Options;
using Slipway.Cache.Redis;
using Slipway.Contracts;
using ZiggyCreatures.Caching.Fusion;

namespace Slipway.Cache.Entries;

/// <summary>
/// The entries of both tiers: FusionCache, its memory level bounded in bytes, its second level Redis. FusionCache brings the levels together, fills memory from
/// Redis with the time that is left, and sends again what Redis missed while it was away. Its locks, factories and time-outs are not used: a value is worked out by
/// another process (see <c>Leases</c>), and <see cref="RedisLink"/> bounds the waiting.
/// </summary>
internal sealed class EntryStore : IDisposable
{
    private readonly TimeProvider _time;
    private readonly EntryLifetimes _lifetimes;
    private readonly MemoryCache _memory;
    private readonly FusionCache _cache;
    private readonly FusionCacheEntryOptions _shared;
    private readonly FusionCacheEntryOptions _sharedFirst;
    private readonly FusionCacheEntryOptions _memoryOnly;

    public EntryStore(CacheOptions options, RedisLink redis, EntryLifetimes lifetimes, TimeProvider time)
    {
        _time = time;
        _lifetimes = lifetimes;
        _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = options.MemoryBytes, CompactionPercentage = 0.1, TrackStatistics = true });
        _shared = new FusionCacheEntryOptions
        {
            Duration = CacheOptions.LongestTtl,
            Size = 1,
            ReThrowDistributedCacheExceptions = false,
            ReThrowSerializationExceptions = false,
            AllowBackgroundDistributedCacheOperations = false,
        };
        _sharedFirst = _shared.Duplicate();
        _sharedFirst.SkipMemoryCacheRead = true;
        _memoryOnly = _shared.Duplicate();
        _memoryOnly.SkipDistributedCacheRead = true;
        _memoryOnly.SkipDistributedCacheWrite = true;

        // No logger: FusionCache logs each call with its key at Information.
        _cache = new FusionCache(
            new FusionCacheOptions
            {
                CacheName = "slipway",
                DefaultEntryOptions = _shared,
                DisableTagging = true,
                DistributedCacheKeyModifierMode = CacheKeyModifierMode.None,
                SkipAutoCloneForImmutableObjects = true,
                EnableAutoRecovery = true,
                AutoRecoveryMaxItems = 4096,
            },
            _memory);
        _cache.SetupDistributedCache(new RedisEntries(redis, time), new EntrySerializer());
    }

    /// <summary>How many entries are in memory.</summary>
    internal int InMemory => _memory.Count;

    /// <summary>What they count for, in bytes.</summary>
    internal long BytesInMemory => _memory.GetCurrentStatistics()?.CurrentEstimatedSize ?? 0;

    /// <summary>The entry, from memory or else from Redis.</summary>
    internal ValueTask<CacheEntry?> FindAsync(string key, Generation generation, CancellationToken cancellationToken) =>
        FindAsync(key, generation.Shared ? _shared : _memoryOnly, cancellationToken);

    /// <summary>The newest entry of the question whatever its scope: where Redis answers, another replica's may be newer than what is in memory.</summary>
    internal async ValueTask<CacheEntry?> FindLatestAsync(EntryAddress address, Generation generation, CancellationToken cancellationToken)
    {
        var latest = await FindPointerAsync(address, generation, cancellationToken);
        return latest is null ? null : await FindAsync(latest[..latest.LastIndexOf(' ')], generation, cancellationToken);
    }

    /// <summary>The newest entry of the question in the same scope but for the corpus version; null also when the newest is of another scope.</summary>
    internal async ValueTask<CacheEntry?> FindEarlierAsync(EntryAddress address, Generation generation, CancellationToken cancellationToken)
    {
        var latest = await FindPointerAsync(address, generation, cancellationToken);
        return latest is not null && latest.AsSpan(latest.LastIndexOf(' ') + 1).SequenceEqual(address.Scope) ? await FindAsync(latest[..latest.LastIndexOf(' ')], generation, cancellationToken) : null;
    }

    /// <summary>Stores the value, and notes it as the newest of its question.</summary>
    internal async ValueTask<CacheEntry> StoreAsync(EntryAddress address, CacheTier tier, ByteString value, Generation generation, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var expires = now + _lifetimes.Next(tier);
        var entry = new CacheEntry(value, now, expires);
        // Side by side, so that a Redis that hangs costs its time-out once.
        await Task.WhenAll(
            PutAsync(address.Entry, entry, generation, cancellationToken),
            PutAsync(address.Latest, new CacheEntry(ByteString.CopyFromUtf8(address.Entry + " " + address.Scope), now, expires), generation, cancellationToken));
        return entry;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _cache.Dispose();
        _memory.Dispose();
    }

    /// <summary>Which entry is the newest of the question, and of which scope: <c>KEY SCOPE</c>.</summary>
    private async ValueTask<string?> FindPointerAsync(EntryAddress address, Generation generation, CancellationToken cancellationToken)
    {
        var latest = generation.Shared ? await FindAsync(address.Latest, _sharedFirst, cancellationToken) : null;
        latest ??= await FindAsync(address.Latest, _memoryOnly, cancellationToken);
        var pointer = latest?.Value.ToString(Encoding.UTF8);
        return pointer is not null && pointer.Contains(' ') ? pointer : null;
    }

    private async ValueTask<CacheEntry?> FindAsync(string key, FusionCacheEntryOptions options, CancellationToken cancellationToken)
    {
        var found = await _cache.TryGetAsync<CacheEntry>(key, options, cancellationToken);
        return found.HasValue && found.Value.ExpiresAt > _time.GetUtcNow() ? found.Value : null;
    }

    private Task PutAsync(string key, CacheEntry entry, Generation generation, CancellationToken cancellationToken)
    {
        var options = (generation.Shared ? _shared : _memoryOnly).Duplicate(entry.ExpiresAt - entry.StoredAt);
        options.Size = entry.Size;
        return _cache.SetAsync(key, entry, options, token: cancellationToken).AsTask();
    }
}
