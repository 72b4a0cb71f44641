namespace Slipway.Cache.Options;

/// <summary>The caches' settings, section <c>Cache</c>.</summary>
public sealed record CacheOptions
{
    /// <summary>The shortest and the longest that an entry may live, jitter included.</summary>
    public static readonly TimeSpan ShortestTtl = TimeSpan.FromMinutes(5), LongestTtl = TimeSpan.FromMinutes(30);

    /// <summary>The largest value, 1 MiB; a larger one is not stored.</summary>
    public const int MaxValueBytes = 1024 * 1024;

    /// <summary>How long the retrieval tier keeps an entry. Default 10 minutes; 5 to 30 minutes.</summary>
    public TimeSpan RetrievalTtl { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the output tier keeps an entry. Default 15 minutes; 5 to 30 minutes.</summary>
    public TimeSpan OutputTtl { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Each entry's time to live is drawn evenly from ± this share of the tier's, so that entries that were made together do not expire together.
    /// Default 0.1; 0 to 0.5. What is drawn stays within 5 to 30 minutes.
    /// </summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>What the in-process layer may hold, in bytes of values and keys. Default 64 MiB; 1 MiB to 16 GiB.</summary>
    public long MemoryBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>After this long without a value, a lease goes to the next caller. Default 10 s; 0.1 to 120 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a replica looks in Redis for a value that another replica's caller works out. Default 20 ms; 1 to 1,000 ms.</summary>
    public TimeSpan LeasePoll { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a command may keep a call waiting; then the call goes on without Redis. Default 50 ms; 5 to 1,000 ms.</summary>
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a Redis that failed is tried again, in the background. Default 200 ms; 10 to 10,000 ms.</summary>
    public TimeSpan RedisProbe { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How old a replica's knowledge of a tenant's purges may be when it answers: after half of it the knowledge is renewed beside the call, after all
    /// of it before. Default 800 ms; 10 to 1,000 ms: a purge reaches every replica within a second.
    /// </summary>
    public TimeSpan PurgeReach { get; init; } = TimeSpan.FromMilliseconds(800);
}
