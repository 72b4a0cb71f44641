namespace Slipway.Control.Data;

/// <summary>
/// 63-bit ids that sort by time: 43 bits of Unix milliseconds, 20 bits of sequence. Made here, not by the database, because SQLite and PostgreSQL
/// disagree on identity columns.
/// </summary>
internal sealed class TimeOrderedIds(TimeProvider time)
{
    private long _last;

    /// <summary>An id larger than all that this instance gave before, also when the clock goes back.</summary>
    public long Next()
    {
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(last + 1, time.GetUtcNow().ToUnixTimeMilliseconds() << 20);
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return next;
        }
    }
}
