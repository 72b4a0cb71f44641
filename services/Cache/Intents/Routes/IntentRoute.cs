namespace Slipway.Cache.Intents.Routes;

/// <summary>How a route reuses answers by intent; an entry of <c>ai/cache.json</c>.</summary>
/// <param name="Enabled">Whether it does at all.</param>
/// <param name="Threshold">The least cosine similarity of the two questions, 0.5 to 1.</param>
/// <param name="SampleShare">The share of its intent hits that are compared with a fresh answer, 0 to 1.</param>
/// <param name="FalseHitBound">The highest false-hit rate, 0.0001 to 0.5: above it for sure, the route goes back to exact keys.</param>
/// <param name="MinSamples">Compared hits without which nothing is decided, 5 to 1,000.</param>
internal sealed record IntentRoute(bool Enabled, double Threshold, double SampleShare, double FalseHitBound, int MinSamples)
{
    /// <summary>What holds where nothing else is said.</summary>
    internal static IntentRoute Default { get; } = new(Enabled: true, Threshold: 0.6, SampleShare: 0.05, FalseHitBound: 0.01, MinSamples: 20);
}
