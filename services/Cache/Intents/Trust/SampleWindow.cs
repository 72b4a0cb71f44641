using Slipway.Evaluation.Statistics;

namespace Slipway.Cache.Intents.Trust;

/// <summary>The newest comparisons of one tenant's route.</summary>
/// <param name="Samples">How many, at most <see cref="Length"/>.</param>
/// <param name="Wrong">How many of them disagreed.</param>
internal readonly record struct SampleWindow(int Samples, int Wrong)
{
    /// <summary>How many comparisons count.</summary>
    internal const int Length = 500;

    internal (double Lower, double Upper) Rate => WilsonInterval.Of(Samples == 0 ? 0 : (double)Wrong / Samples, Samples);

    /// <summary>Whether the false-hit rate is over the bound for sure.</summary>
    internal bool IsOver(double bound, int minSamples) => Samples >= minSamples && Rate.Lower > bound;
}
