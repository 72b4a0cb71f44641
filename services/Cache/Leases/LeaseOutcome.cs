using Slipway.Cache.Entries;

namespace Slipway.Cache.Leases;

/// <summary>What a caller that found no entry gets: the entry after all, or the lease to work it out, or neither.</summary>
/// <param name="Entry">The entry that another caller stored meanwhile.</param>
/// <param name="Lease">The id of the lease.</param>
internal readonly record struct LeaseOutcome(CacheEntry? Entry, string? Lease)
{
    /// <summary>Work it out without a lease, or go without.</summary>
    internal static LeaseOutcome Neither => default;
}
