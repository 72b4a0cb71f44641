namespace Slipway.ModelBroker.Limits;

/// <summary>
/// At most so much in any 60 s: a log of what was taken, not a bucket that refills, because a full bucket and its refill together let twice the limit pass within
/// one minute, and providers count minutes. Not thread-safe: <see cref="Limiter"/> holds the lock.
/// </summary>
/// <param name="limit">The most in any 60 s.</param>
internal sealed class SlidingWindow(long limit)
{
    /// <summary>A minute, as providers count.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    private readonly Queue<Taken> _taken = new();
    private long _sum;

    /// <summary>How long to wait until <paramref name="amount"/> can be taken; zero: now. More than the limit itself can only be taken when nothing else is.</summary>
    public TimeSpan WaitFor(long amount, DateTimeOffset now) => WaitFor(amount, now, limit);

    /// <summary>The same under another limit: a share of it.</summary>
    public TimeSpan WaitFor(long amount, DateTimeOffset now, long limit)
    {
        while (_taken.TryPeek(out var oldest) && oldest.At + Length <= now)
        {
            _sum -= oldest.Amount;
            _taken.Dequeue().Gone = true;
        }

        var excess = _sum + Math.Min(amount, limit) - limit;
        if (excess <= 0) return TimeSpan.Zero;
        foreach (var taken in _taken)
        {
            excess -= taken.Amount;
            if (excess <= 0) return taken.At + Length - now;
        }

        return Length;
    }

    /// <summary>Takes.</summary>
    public Taken Take(long amount, DateTimeOffset now)
    {
        var taken = new Taken(now, amount);
        _taken.Enqueue(taken);
        _sum += amount;
        return taken;
    }

    /// <summary>Replaces an estimate by what it was in fact.</summary>
    public void Settle(Taken taken, long amount)
    {
        // What has left the window no longer counts either way.
        if (taken.Gone) return;
        _sum += amount - taken.Amount;
        taken.Amount = amount;
    }

    internal sealed class Taken(DateTimeOffset at, long amount)
    {
        public DateTimeOffset At => at;

        public long Amount { get; set; } = amount;

        public bool Gone { get; set; }
    }
}
