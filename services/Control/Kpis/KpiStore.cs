using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Records;

namespace Slipway.Control.Kpis;

/// <summary>
/// Where records are counted and KPIs asked for. Counting happens in memory, in the call that brings the records, so that it cannot fall behind; what changed
/// is written four times a second (<see cref="FlushService"/>). A killed process loses at most what it had not written, and counts nothing twice: the ids of
/// what it counted are written in the same transaction.
/// </summary>
internal sealed class KpiStore(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly KpiAggregator _aggregator = new();
    private readonly SeenRequests _seen = new();
    private readonly RecordSampler _sampler = new();
    private List<ulong> _counted = [];
    private List<RequestRecord> _kept = [];

    /// <summary>Counts records; those whose request id was counted within ten minutes are left out.</summary>
    internal void Append(IReadOnlyList<RequestRecord> records, long dropped)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_gate)
        {
            if (dropped > 0) _aggregator.AddDropped(dropped, now);
            foreach (var record in records)
            {
                RecordCleaner.Clean(record, now);
                var hash = SeenRequests.Hash(record.Tenant, record.RequestId);
                if (record.RequestId.Length > 0)
                {
                    if (!_seen.Add(hash, now)) continue;
                    _counted.Add(hash);
                }

                _aggregator.Add(record, now);
                if (_kept.Count < RecordSampler.MaxWaiting && _sampler.Keep(record, now)) _kept.Add(record);
            }
        }
    }

    /// <summary>Whether a record of this request was counted lately (10 to 12 minutes).</summary>
    internal bool WasSeen(string tenant, string requestId)
    {
        lock (_gate) return _seen.Contains(SeenRequests.Hash(tenant, requestId));
    }

    /// <summary>Adds the minutes in memory that lie in a range to a sum.</summary>
    internal void Collect(long first, long end, KpiCollector into)
    {
        List<long> minutes;
        lock (_gate) minutes = _aggregator.MinutesFrom(first);
        foreach (var minute in minutes)
        {
            if (minute >= end) break;
            // The lock is let go between minutes: records arrive meanwhile.
            lock (_gate)
            {
                foreach (var (key, cell) in _aggregator.CellsOf(minute)) into.Add(minute, key, cell);
            }
        }
    }

    /// <summary>
    /// Adds up by route the minutes in memory whose number of requests is another than it was, and notes the new number. Whole minutes are added up again: only the newest one or two change.
    /// </summary>
    internal List<(long Minute, Dictionary<string, RollupSum> Routes)> ChangedSince(long first, Dictionary<long, long> requests, Func<CellKey, bool> counts)
    {
        var changed = new List<(long, Dictionary<string, RollupSum>)>();
        List<long> minutes;
        lock (_gate) minutes = _aggregator.MinutesFrom(first);
        foreach (var minute in minutes)
        {
            lock (_gate)
            {
                var total = _aggregator.CellsOf(minute).Sum(cell => cell.Value.Counters.Requests);
                if (requests.TryGetValue(minute, out var known) && known == total) continue;
                requests[minute] = total;
                var routes = new Dictionary<string, RollupSum>(StringComparer.Ordinal);
                foreach (var (key, cell) in _aggregator.CellsOf(minute))
                {
                    if (!counts(key)) continue;
                    if (!routes.TryGetValue(key.Route, out var sum)) routes[key.Route] = sum = new RollupSum();
                    sum.Add(cell);
                }

                changed.Add((minute, routes));
            }
        }

        return changed;
    }

    /// <summary>Reads the minutes back that are kept in memory.</summary>
    internal async Task StartAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var first = KpiAggregator.MinuteOf(now) - KpiAggregator.KeptMinutes;
        var rollups = await database.Rollups.AsNoTracking().Where(row => row.Minute >= first).ToListAsync(cancellationToken);
        var since = now - SeenRequests.WindowMs;
        var seen = await database.Seen.AsNoTracking().Where(row => row.TimeUnixMs >= since).OrderBy(row => row.Id).ToListAsync(cancellationToken);
        lock (_gate)
        {
            foreach (var row in rollups) _aggregator.Restore(row.Minute, new CellKey(row.Route, row.Tenant, row.Release), Rollup.Parser.ParseFrom(row.Data));
            foreach (var row in seen) _seen.Restore(row.Hashes, row.TimeUnixMs);
        }
    }

    /// <summary>What there is to write. Either it is written, or it is given back.</summary>
    internal Unwritten Take()
    {
        lock (_gate)
        {
            var unwritten = new Unwritten(_aggregator.TakeChanged(), _counted, _kept);
            (_counted, _kept) = ([], []);
            _aggregator.Tidy(time.GetUtcNow().ToUnixTimeMilliseconds());
            return unwritten;
        }
    }

    internal void GiveBack(Unwritten unwritten)
    {
        lock (_gate)
        {
            _aggregator.MarkChanged(unwritten.Cells);
            unwritten.Counted.AddRange(_counted);
            _counted = unwritten.Counted;
            // A database that is away for long must not fill the memory: the oldest records wait, newer ones are sampled away.
            unwritten.Kept.AddRange(_kept.Take(Math.Max(0, RecordSampler.MaxWaiting - unwritten.Kept.Count)));
            _kept = unwritten.Kept;
            if (_counted.Count > SeenRequests.MaxWaiting) _counted.RemoveRange(0, _counted.Count - SeenRequests.MaxWaiting);
        }
    }
}

/// <summary>What the store has counted and the database does not know yet.</summary>
internal sealed record Unwritten(List<(long Minute, CellKey Key, Rollup Data)> Cells, List<ulong> Counted, List<RequestRecord> Kept)
{
    internal bool Nothing => Cells.Count == 0 && Counted.Count == 0 && Kept.Count == 0;
}
