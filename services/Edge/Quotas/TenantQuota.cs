namespace Slipway.Edge.Quotas;

/// <summary>What became of a request's claim on the quota.</summary>
/// <param name="Granted">Whether the request may pass.</param>
/// <param name="Remaining">How many more this edge believes are left in the minute.</param>
/// <param name="RetryAfter">When refused: until the next minute.</param>
internal readonly record struct QuotaResult(bool Granted, int Remaining, TimeSpan RetryAfter);

/// <summary>
/// One tenant's requests in fixed minutes. The edge takes blocks of a fiftieth of the limit from the shared counter and hands them out by itself, so that one
/// request in fifty asks Redis. Replicas together never grant more than the limit; what a replica has taken and not used is lost at the end of the minute.
/// While the counter is away each replica grants the limit by itself, and tells the counter what it granted once it is back.
/// </summary>
internal sealed class TenantQuota(string tenant, ISharedCounter counter, TimeProvider time) : IDisposable
{
    private const int BlocksPerMinute = 50;
    private static readonly TimeSpan Expiry = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _refill = new(1, 1);
    private readonly Lock _gate = new();
    private long _minute;
    private int _inHand;
    private int _granted;
    private int _remainingElsewhere;
    private int _owed;
    private int _limit;
    private bool _exhausted;

    public async ValueTask<QuotaResult> AcquireAsync(int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (TryTake(limit, Minute(now), now) is { } result) return result;
        await _refill.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                now = time.GetUtcNow();
                var minute = Math.Max(Minute(now), Volatile.Read(ref _minute));
                if (TryTake(limit, minute, now) is { } afterWaiting) return afterWaiting;
                var block = Math.Max(1, limit / BlocksPerMinute);
                var owed = _owed;
                var total = await counter.AddAsync($"slipway:quota:{tenant}:{minute}", block + owed, Expiry);
                // Then from the start: others may have taken the whole block meanwhile, or the minute has turned.
                TakeBlock(limit, minute, block, owed, total);
            }
        }
        finally
        {
            _refill.Release();
        }
    }

    public void Dispose() => _refill.Dispose();

    /// <summary>Unless the minute turned while the counter answered: what it gave belongs to the old one, and is let go.</summary>
    private void TakeBlock(int limit, long minute, int block, int owed, long? total)
    {
        lock (_gate)
        {
            if (minute != _minute || minute < Minute(time.GetUtcNow())) return;
            var left = total is { } value ? limit - (value - block) : limit - _granted;
            _inHand = (int)Math.Clamp(left, 0, block);
            _owed = total is null ? owed + _inHand : 0;
            _exhausted = _inHand == 0;
            _remainingElsewhere = (int)Math.Clamp(left - block, 0, int.MaxValue);
        }
    }

    /// <summary>From what is in hand; null when a block must be fetched.</summary>
    private QuotaResult? TryTake(int limit, long minute, DateTimeOffset now)
    {
        lock (_gate)
        {
            // Never an earlier one: a clock that goes back, or a request that looked at it before another did, must not grant a minute twice.
            if (minute > _minute) (_minute, _inHand, _granted, _owed, _exhausted) = (minute, 0, 0, 0, false);
            // A quota that an admin changes counts from the next request on.
            if (limit != _limit) (_limit, _exhausted) = (limit, false);
            if (_exhausted) return Refused(now);
            if (_inHand == 0) return null;
            _inHand--;
            _granted++;
            return new QuotaResult(true, Math.Min(limit, _inHand + _remainingElsewhere), TimeSpan.Zero);
        }
    }

    private static QuotaResult Refused(DateTimeOffset now) => new(false, 0, TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerMinute));

    private static long Minute(DateTimeOffset now) => now.ToUnixTimeSeconds() / 60;
}
