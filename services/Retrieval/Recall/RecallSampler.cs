namespace Slipway.Retrieval.Recall;

/// <summary>Chooses which searches are repeated: a share of them at random, and no more than so many a second.</summary>
internal sealed class RecallSampler(RecallOptions options, TimeProvider time, Random random)
{
    private readonly Lock _gate = new();
    private double _tokens = Math.Max(1, options.MaxSamplesPerSecond);
    private long _filled = time.GetTimestamp();

    public bool Choose()
    {
        lock (_gate)
        {
            if (random.NextDouble() >= options.SampleShare) return false;
            var now = time.GetTimestamp();
            var most = Math.Max(1, options.MaxSamplesPerSecond);
            _tokens = Math.Min(most, _tokens + (time.GetElapsedTime(_filled, now).TotalSeconds * options.MaxSamplesPerSecond));
            _filled = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
