namespace Slipway.Evaluation.Statistics;

/// <summary>
/// Wilson's score interval of a share, 95 % (Wilson 1927, JASA 22): it holds for few samples and for shares near 0 and 1, where a mean ± deviation does not.
/// </summary>
public static class WilsonInterval
{
    /// <summary>The normal distribution's quantile of 97.5 %.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>The interval, within 0 to 1; all of it without samples.</summary>
    /// <param name="share">The share that was seen, 0 to 1; of values in [0, 1] their mean, which the interval covers too, being wide rather than narrow.</param>
    /// <param name="samples">How many samples there are, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is not within 0 to 1, or there are fewer than 0 samples.</exception>
    public static (double Lower, double Upper) Of(double share, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        if (!(share >= 0 && share <= 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "A share is 0 to 1.");
        if (samples == 0) return (0, 1);
        const double Squared = Z * Z;
        var denominator = 1 + (Squared / samples);
        var centre = (share + (Squared / (2.0 * samples))) / denominator;
        var half = Z / denominator * Math.Sqrt((share * (1 - share) / samples) + (Squared / (4.0 * samples * samples)));
        // At 0 and 1 the ends are exact, whatever rounding makes of them.
        return (share == 0 ? 0 : Math.Max(0, centre - half), share == 1 ? 1 : Math.Min(1, centre + half));
    }
}
