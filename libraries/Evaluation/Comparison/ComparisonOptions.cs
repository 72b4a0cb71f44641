namespace Slipway.Evaluation;

/// <summary>How two runs are compared.</summary>
public sealed record ComparisonOptions
{
    /// <summary>The confidence of the interval, 0.5 to 0.999; default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>How many bootstrap samples are drawn, 1,000 to 1,000,000; default 10,000.</summary>
    public int Resamples { get; init; } = 10_000;

    /// <summary>The seed of the draws: the same seed gives the same interval. Default 20240229.</summary>
    public int Seed { get; init; } = 20240229;

    /// <summary>Differences up to this are ties, 0 to 1; default 1e-9, which only covers rounding.</summary>
    public double TieTolerance { get; init; } = 1e-9;

    internal void ThrowIfInvalid()
    {
        var problems = new List<string>();
        if (!(Confidence is >= 0.5 and <= 0.999)) problems.Add("Confidence must be from 0.5 to 0.999.");
        if (Resamples is < 1_000 or > 1_000_000) problems.Add("Resamples must be from 1,000 to 1,000,000.");
        if (!(TieTolerance is >= 0 and <= 1)) problems.Add("TieTolerance must be from 0 to 1.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(' ', problems), "options");
    }
}
