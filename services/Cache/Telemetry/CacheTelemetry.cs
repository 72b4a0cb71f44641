using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Cache.Telemetry;

/// <summary>How a lookup ended, as its span and the counter <c>slipway.cache.requests</c> tell it.</summary>
internal static class CacheTelemetry
{
    private static readonly Counter<long> Requests =
        SlipwayTelemetry.Meter.CreateCounter<long>("slipway.cache.requests", "{request}", "Lookups by tier and outcome.");

    internal static Activity? Start(string operation, CacheTier tier) =>
        SlipwayTelemetry.Source.StartActivity(operation)?.SetTag("slipway.cache.tier", Name(tier));

    internal static void Record(Activity? span, CacheTier tier, CacheOutcome outcome)
    {
        Requests.Add(1, new("tier", Name(tier)), new("outcome", Name(outcome)));
        if (span is null) return;
        span.SetTag("slipway.cache.hit", outcome is CacheOutcome.Hit or CacheOutcome.Waited or CacheOutcome.Stale);
        span.SetTag("slipway.cache.outcome", Name(outcome));
    }

    private static string Name(CacheTier tier) => tier == CacheTier.Output ? "output" : "retrieval";

    private static string Name(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Waited => "waited",
        CacheOutcome.Stale => "stale",
        CacheOutcome.Lease => "lease",
        _ => "miss",
    };
}

/// <summary>How a lookup ended.</summary>
internal enum CacheOutcome
{
    /// <summary>The entry was there.</summary>
    Hit,

    /// <summary>The entry came while the caller waited for another's.</summary>
    Waited,

    /// <summary>An entry of another scope, for a caller that accepts one.</summary>
    Stale,

    /// <summary>A miss with a lease.</summary>
    Lease,

    /// <summary>A miss without a lease.</summary>
    Miss,
}
