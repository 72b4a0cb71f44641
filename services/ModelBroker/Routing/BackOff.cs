namespace Slipway.ModelBroker.Routing;

/// <summary>Exponential back-off with full jitter: evenly from 0 to what the attempt may wait at most, so that callers who failed together do not return together.</summary>
/// <param name="random">The source; each replica has a seed of its own.</param>
internal sealed class BackOff(Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    private readonly Lock _gate = new();

    /// <summary>The wait before the next attempt.</summary>
    /// <param name="first">The most before the second attempt; doubled for each one after it, up to 8 s.</param>
    /// <param name="attempt">The attempts so far, 1 or more.</param>
    public TimeSpan Wait(TimeSpan first, int attempt)
    {
        var most = first * Math.Pow(2, attempt - 1);
        if (most > Longest) most = Longest;
        lock (_gate) return most * random.NextDouble();
    }
}
