using Slipway.Evaluation.Statistics;

namespace Slipway.Retrieval.Recall;

/// <summary>What samples say about the recall of an index.</summary>
/// <param name="Samples">How many there are.</param>
/// <param name="Mean">Their mean recall, 0 to 1; 0 without samples.</param>
/// <param name="Lower">The lower end of the 95 % interval.</param>
/// <param name="Upper">The upper end.</param>
internal readonly record struct RecallEstimate(int Samples, double Mean, double Lower, double Upper)
{
    /// <summary>Nothing is known: anything is possible.</summary>
    public static RecallEstimate None { get; } = new(0, 0, 0, 1);

    /// <summary>
    /// The estimate from a number of samples and the sum of their recalls, with <see cref="WilsonInterval"/> as if each sample were a coin that comes up with
    /// the mean recall. A sample is a share of k neighbours and varies less than a coin of the same mean (for values in [0, 1] the variance is at most p (1 − p)),
    /// and neighbours of one query, which are lost together, count once: the interval is wide rather than narrow.
    /// </summary>
    public static RecallEstimate From(int samples, double sum)
    {
        if (samples == 0) return None;
        var mean = Math.Clamp(sum / samples, 0, 1);
        var (lower, upper) = WilsonInterval.Of(mean, samples);
        return new RecallEstimate(samples, mean, lower, upper);
    }
}
