using Google.Protobuf;
using Slipway.Cache.Entries;
using Slipway.Cache.Generations;
using Slipway.Cache.Intents;
using Slipway.Cache.Keys;
using Slipway.Cache.Leases;
using Slipway.Cache.Options;
using Slipway.Cache.Telemetry;
using Slipway.Contracts;

namespace Slipway.Cache.Answers;

/// <summary>What the service does, without gRPC.</summary>
internal sealed class AnswerCache(EntryStore entries, LeaseTable leases, TenantGenerations generations, IntentCache intents)
{
    /// <summary>Looks the key up; on a miss joins those that want the value.</summary>
    /// <param name="key">A complete key.</param>
    /// <param name="maxWait">How long to wait for another caller's value.</param>
    /// <param name="acceptStale">Whether an entry of another scope will do; then no lease is taken.</param>
    /// <param name="cancellationToken">The caller's.</param>
    internal async ValueTask<Found> LookupAsync(CacheKey key, TimeSpan maxWait, bool acceptStale, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.Start("cache lookup", key.Tier);
        var found = await FindAsync(key, maxWait, acceptStale, cancellationToken);
        CacheTelemetry.Record(span, key.Tier, found.Outcome);
        return found;
    }

    /// <summary>
    /// Stores the value and completes those that wait for it. A lease that is wrong or has expired makes no difference: a value that was worked out for this key is
    /// as good as another, and the newest stays.
    /// </summary>
    /// <param name="key">A complete key.</param>
    /// <param name="value">The value.</param>
    /// <param name="lease">The lease, or empty.</param>
    /// <param name="vector">The question's vector, or null: with one the answer can be found by its intent.</param>
    /// <param name="embeddingsVersion">The version of the vector.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>False when the value is larger than <see cref="CacheOptions.MaxValueBytes"/>: then those that wait are told to go without.</returns>
    internal async ValueTask<bool> StoreAsync(CacheKey key, ByteString value, string lease, Vector? vector, string embeddingsVersion, CancellationToken cancellationToken)
    {
        using var span = CacheTelemetry.Start("cache store", key.Tier);
        span?.SetTag("slipway.cache.value_bytes", value.Length);
        var generation = await generations.CurrentAsync(key.Scope.Tenant, cancellationToken);
        var address = EntryAddress.Of(key, generation.Number);
        if (value.Length > CacheOptions.MaxValueBytes)
        {
            await leases.CompleteAsync(address, lease, entry: null);
            return false;
        }

        var entry = await entries.StoreAsync(address, key.Tier, value, generation, cancellationToken);
        await leases.CompleteAsync(address, lease, entry);
        if (vector is not null && key.Tier == CacheTier.Output) await intents.RememberAsync(key, generation, address, entry, vector, embeddingsVersion, cancellationToken);
        return true;
    }

    /// <summary>Gives a lease back.</summary>
    internal async ValueTask AbandonAsync(CacheKey key, string lease, CancellationToken cancellationToken)
    {
        var generation = await generations.CurrentAsync(key.Scope.Tenant, cancellationToken);
        await leases.AbandonAsync(EntryAddress.Of(key, generation.Number), lease);
    }

    /// <summary>Forgets every entry of the tenant.</summary>
    /// <returns>Whether the other replicas learn of it within a second; otherwise when Redis answers again.</returns>
    internal Task<bool> PurgeAsync(string tenant) => generations.PurgeAsync(tenant);

    /// <summary>The newest answer to the question in the same scope but for the corpus version, or null.</summary>
    internal async ValueTask<CacheEntry?> FindEarlierAsync(CacheKey key, CancellationToken cancellationToken)
    {
        var generation = await generations.CurrentAsync(key.Scope.Tenant, cancellationToken);
        return await entries.FindEarlierAsync(EntryAddress.Of(key, generation.Number), generation, cancellationToken);
    }

    private async ValueTask<Found> FindAsync(CacheKey key, TimeSpan maxWait, bool acceptStale, CancellationToken cancellationToken)
    {
        var generation = await generations.CurrentAsync(key.Scope.Tenant, cancellationToken);
        var address = EntryAddress.Of(key, generation.Number);
        if (await entries.FindAsync(address.Entry, generation, cancellationToken) is { } entry) return new Found(CacheOutcome.Hit, entry, null);
        if (acceptStale)
        {
            var latest = await entries.FindLatestAsync(address, generation, cancellationToken);
            return new Found(latest is null ? CacheOutcome.Miss : CacheOutcome.Stale, latest, null);
        }

        var outcome = await leases.JoinAsync(address, generation, maxWait, cancellationToken);
        return outcome switch
        {
            { Entry: { } stored } => new Found(CacheOutcome.Waited, stored, null),
            { Lease: { } lease } => new Found(CacheOutcome.Lease, null, lease),
            _ => new Found(CacheOutcome.Miss, null, null),
        };
    }
}

/// <summary>What a lookup found.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Entry">The entry of a hit.</param>
/// <param name="Lease">The lease of a miss, or null.</param>
internal readonly record struct Found(CacheOutcome Outcome, CacheEntry? Entry, string? Lease);
