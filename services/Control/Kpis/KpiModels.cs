using System.Text.Json.Serialization;

namespace Slipway.Control.Kpis;

/// <summary>Latency of one stage.</summary>
/// <param name="Count">Requests that went through the stage.</param>
/// <param name="P50Ms">Median, milliseconds; null when there is no data.</param>
/// <param name="P95Ms">95th percentile.</param>
/// <param name="P99Ms">99th percentile.</param>
/// <param name="MaxMs">The longest.</param>
internal sealed record LatencyFigures(long Count, double? P50Ms, double? P95Ms, double? P99Ms, double? MaxMs);

/// <summary>Tokens.</summary>
/// <param name="Prompt">Sent to models.</param>
/// <param name="Completion">Made by models.</param>
/// <param name="CachedPrompt">Of the prompt tokens, those that the provider had cached.</param>
internal sealed record TokenFigures(long Prompt, long Completion, long CachedPrompt);

/// <summary>One tier of the cache.</summary>
/// <param name="Hits">Answered from it.</param>
/// <param name="Lookups">Asked of it.</param>
/// <param name="HitRate">0 to 1; null when nothing was asked.</param>
internal sealed record TierFigures(long Hits, long Lookups, double? HitRate);

/// <summary>The cache.</summary>
/// <param name="Output">Whole answers.</param>
/// <param name="Retrieval">Passages and prompts; asked when the output tier missed.</param>
internal sealed record CacheFigures(TierFigures Output, TierFigures Retrieval);

/// <summary>Requests with a status of 400 or more.</summary>
/// <param name="Count">How many.</param>
/// <param name="Share">0 to 1; null when there were no requests.</param>
/// <param name="ByClass">client, rate_limited, canceled (the client left), timeout, unavailable, server.</param>
/// <param name="ByCode">By error code.</param>
internal sealed record FailureFigures(long Count, double? Share, IReadOnlyDictionary<string, long> ByClass, IReadOnlyDictionary<string, long> ByCode);

/// <summary>Requests answered in a degraded way.</summary>
/// <param name="Count">How many.</param>
/// <param name="Share">0 to 1; null when there were no requests.</param>
/// <param name="ByRung">By <c>stage=rung</c>.</param>
internal sealed record DegradationFigures(long Count, double? Share, IReadOnlyDictionary<string, long> ByRung);

/// <summary>Answers that asked for a review.</summary>
/// <param name="Count">How many.</param>
/// <param name="Share">0 to 1; null when there were no requests.</param>
/// <param name="MeanConfidence">Of the answers that had one; null when none had.</param>
internal sealed record ReviewFigures(long Count, double? Share, double? MeanConfidence);

/// <summary>The KPIs of some requests.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Streams">Of them, streamed.</param>
/// <param name="EndToEnd">The whole request.</param>
/// <param name="FirstToken">To the first token, of streamed answers.</param>
/// <param name="Answered">To the whole answer, or to the first text of a stream: what the budget <c>endToEndMs</c> is about.</param>
/// <param name="WithoutModel">All stages but the model together: what the budget <c>withoutModelMs</c> is about.</param>
/// <param name="Stages">By stage.</param>
/// <param name="Tokens">Tokens.</param>
/// <param name="CostUsd">What the model calls cost.</param>
/// <param name="CostUsdPer1000Requests">Null when there were no requests.</param>
/// <param name="Cache">Hit rates by tier.</param>
/// <param name="Failures">Failures by class.</param>
/// <param name="Degraded">Degradations by rung.</param>
/// <param name="Reviews">Low confidence.</param>
internal sealed record KpiFigures(
    long Requests, long Streams, LatencyFigures EndToEnd, LatencyFigures FirstToken, LatencyFigures Answered, LatencyFigures WithoutModel, IReadOnlyDictionary<string, LatencyFigures> Stages, TokenFigures Tokens, double CostUsd,
    [property: JsonPropertyName("cost_usd_per_1000_requests")] double? CostUsdPer1000Requests, CacheFigures Cache, FailureFigures Failures, DegradationFigures Degraded, ReviewFigures Reviews);

/// <summary>The KPIs of one group.</summary>
/// <param name="Route">The route, or null when not grouped by it.</param>
/// <param name="Tenant">The tenant, or null when not grouped by it.</param>
/// <param name="Release">The release, or null when not grouped by it.</param>
/// <param name="Figures">Its KPIs.</param>
internal sealed record KpiGroup(string? Route, string? Tenant, string? Release, KpiFigures Figures);

/// <summary>The KPIs of one step of a series.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
/// <param name="Route">The route, or null when not grouped by it.</param>
/// <param name="Tenant">The tenant, or null when not grouped by it.</param>
/// <param name="Release">The release, or null when not grouped by it.</param>
/// <param name="Figures">Its KPIs.</param>
internal sealed record KpiPoint(DateTimeOffset From, DateTimeOffset To, string? Route, string? Tenant, string? Release, KpiFigures Figures);

/// <summary>The KPIs of a window or a range.</summary>
/// <param name="WindowMinutes">The window asked for, or the minutes of the range.</param>
/// <param name="From">The start of its first minute: a window is made of whole minutes and the one that runs, so it covers up to a minute more than asked for; a range of more than six hours begins with a whole hour.</param>
/// <param name="To">Its end.</param>
/// <param name="StepMinutes">The steps of the series; null without one.</param>
/// <param name="RecordsDropped">Records of the time that got lost on their way here (of the whole stack, whatever the filters).</param>
/// <param name="Total">All that the filters let through.</param>
/// <param name="Groups">By what <c>group_by</c> named, most requests first; empty without.</param>
/// <param name="Series">By step, and within it by group, in order of time; steps without requests are left out. Empty without <c>step</c>.</param>
internal sealed record KpisResponse(
    int WindowMinutes, DateTimeOffset From, DateTimeOffset To, int? StepMinutes, long RecordsDropped, KpiFigures Total, IReadOnlyList<KpiGroup> Groups, IReadOnlyList<KpiPoint> Series);
