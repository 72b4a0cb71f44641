namespace Slipway.Retrieval.Corpora;

/// <summary>The pause after failures in a row.</summary>
internal sealed class RetryPause
{
    private int _failures;
    private long _failedAt;
    private TimeSpan _pause;

    /// <summary>What is left of it; not above 0 when there is none.</summary>
    public TimeSpan Left(TimeProvider time) => _failures == 0 ? TimeSpan.Zero : _pause - time.GetElapsedTime(_failedAt);

    /// <summary>A failure.</summary>
    /// <returns>The pause after it.</returns>
    public TimeSpan Fail(TimeProvider time, Func<int, TimeSpan> pauseAfter)
    {
        _pause = pauseAfter(_failures++);
        _failedAt = time.GetTimestamp();
        return _pause;
    }

    /// <summary>A success.</summary>
    public void Clear() => _failures = 0;
}
