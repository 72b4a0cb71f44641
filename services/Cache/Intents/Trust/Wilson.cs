namespace Slipway.Cache.Intents.Trust;

/// <summary>Wilson's score interval of a share, 95 %: it holds for few samples and for shares near 0, where a mean ± deviation does not.</summary>
internal static class Wilson
{
    /// <summary>The normal distribution's quantile of 97.5 %.</summary>
    private const double Z = 1.959964;

    /// <summary>The interval; 0 to 1 without samples.</summary>
    internal static (double Lower, double Upper) Interval(int hits, int samples)
    {
        if (samples <= 0) return (0, 1);
        var share = (double)hits / samples;
        const double Squared = Z * Z;
        var denominator = 1 + (Squared / samples);
        var centre = (share + (Squared / (2 * samples))) / denominator;
        var spread = Z / denominator * Math.Sqrt((share * (1 - share) / samples) + (Squared / (4.0 * samples * samples)));
        return (hits == 0 ? 0 : Math.Max(0, centre - spread), hits == samples ? 1 : Math.Min(1, centre + spread));
    }
}
