using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slipway.Cache.Intents.Gate;
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

    private static readonly Counter<long> Intents =
        SlipwayTelemetry.Meter.CreateCounter<long>("slipway.cache.intents", "{request}", "Lookups by intent: hit, none (no near question), gate (kept apart, by what), distrusted.");

    private static readonly Counter<long> Samples =
        SlipwayTelemetry.Meter.CreateCounter<long>("slipway.cache.intent_samples", "{answer}", "Intent hits that were compared with a fresh answer.");

    /// <summary>How a lookup by intent ended.</summary>
    /// <param name="span">The lookup's span.</param>
    /// <param name="outcome">hit, none, gate or distrusted.</param>
    /// <param name="verdict">What kept the nearest question apart.</param>
    internal static void RecordIntent(Activity? span, string outcome, GateVerdict verdict)
    {
        var difference = verdict == GateVerdict.Same ? "" : verdict.ToString();
        Intents.Add(1, new("outcome", outcome), new("difference", difference));
        span?.SetTag("slipway.cache.outcome", outcome).SetTag("slipway.cache.difference", difference);
    }

    private static readonly Counter<long> Distrusts =
        SlipwayTelemetry.Meter.CreateCounter<long>("slipway.cache.intent_distrusts", "{change}", "How often a tenant's route went back to exact keys.");

    internal static void RecordDistrust(string route) => Distrusts.Add(1, new KeyValuePair<string, object?>("route", route));

    internal static void RecordSample(bool agrees) => Samples.Add(1, new KeyValuePair<string, object?>("agrees", agrees));

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
