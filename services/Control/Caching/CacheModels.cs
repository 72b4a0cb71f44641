namespace Slipway.Control.Caching;

/// <summary>How the caches stand.</summary>
/// <param name="Intents">By tenant and route.</param>
internal sealed record CacheResponse(IReadOnlyList<IntentFigures> Intents);

/// <summary>Answers found by intent, of a tenant on the routes of one entry of <c>ai/cache.json</c>.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Route">The entry.</param>
/// <param name="Mode">intent; exact when the route does not answer by intent, or went back from it.</param>
/// <param name="DistrustedAt">When too many sampled hits were wrong; null when they are not.</param>
/// <param name="Samples">Hits that were compared with a fresh answer, of the newest 500.</param>
/// <param name="Wrong">Those of them that said something else.</param>
/// <param name="Lower">The lower end of the false-hit rate's 95 % interval; null without samples.</param>
/// <param name="Upper">The upper end; null without samples.</param>
/// <param name="Bound">The rate that the lower end must not exceed.</param>
/// <param name="Threshold">The least similarity of two questions.</param>
internal sealed record IntentFigures(
    string Tenant, string Route, string Mode, DateTimeOffset? DistrustedAt, int Samples, int Wrong, double? Lower, double? Upper, double Bound, double Threshold);
