namespace Slipway.ModelBroker.Limits;

/// <summary>
/// What this replica has taken. It decides where there is no Redis; where there is one it only keeps count, so that this replica holds to its share from the moment at
/// which Redis dies. Not thread-safe: <see cref="Limiter"/> holds the lock.
/// </summary>
internal sealed class LocalLimits(LimitValues limits)
{
    private readonly SlidingWindow? _requests = limits.Rpm is { } rpm ? new SlidingWindow(rpm) : null;
    private readonly SlidingWindow? _tokens = limits.Tpm is { } tpm ? new SlidingWindow(tpm) : null;
    private int _running;

    /// <summary>Whether a call may go now.</summary>
    /// <param name="tokens">Its estimate.</param>
    /// <param name="ahead">The calls that wait before it.</param>
    /// <param name="tokensAhead">Their estimates.</param>
    /// <param name="replicas">Among how many the limits are shared.</param>
    /// <param name="now">Now.</param>
    public Grant Ask(long tokens, int ahead, long tokensAhead, int replicas, DateTimeOffset now)
    {
        var wait = TimeSpan.Zero;
        var reason = "";
        if (_requests is not null)
        {
            // Those ahead who fill a whole window take a minute of their own.
            var (minutes, rest) = Math.DivRem(ahead, Share(limits.Rpm!.Value, replicas));
            wait = _requests.WaitFor(1 + rest, now, Share(limits.Rpm.Value, replicas)) + (minutes * SlidingWindow.Length);
            reason = $"{limits.Rpm} requests per minute";
        }

        if (_tokens is not null && _tokens.WaitFor(tokens + tokensAhead, now, Share(limits.Tpm!.Value, replicas)) is var forTokens && forTokens > wait)
        {
            wait = forTokens;
            reason = $"{limits.Tpm} tokens per minute";
        }

        if (wait > TimeSpan.Zero) return new Grant(false, wait, reason);
        if (limits.MaxConcurrency is { } most && _running + ahead >= Share(most, replicas)) return new Grant(false, null, $"{most} calls at once");
        return Grant.Yes;
    }

    /// <summary>Takes, whoever decided.</summary>
    public SlidingWindow.Taken? Take(long tokens, DateTimeOffset now)
    {
        _running++;
        _requests?.WaitFor(1, now);
        _requests?.Take(1, now);
        _tokens?.WaitFor(1, now);
        return _tokens?.Take(tokens, now);
    }

    /// <summary>Gives the place back, and replaces the estimate by what was used.</summary>
    public void Return(SlidingWindow.Taken? taken, long? used)
    {
        _running--;
        if (taken is not null && used is { } tokens) _tokens!.Settle(taken, tokens);
    }

    private static int Share(int limit, int replicas) => Math.Max(1, limit / replicas);
}
