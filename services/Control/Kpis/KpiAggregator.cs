using Slipway.Contracts;

namespace Slipway.Control.Kpis;

/// <summary>
/// The KPIs of the last two hours in memory: minutes, and in each the cells of (route, tenant, release). Adding a record costs about a microsecond. Knows no database
/// and no clock; its caller holds a lock.
/// </summary>
internal sealed class KpiAggregator
{
    /// <summary>The longest window that can be asked for, in minutes.</summary>
    internal const int WindowMinutes = 60;

    /// <summary>
    /// Minutes kept in memory: until they stand in an hour of the database, which is made an hour and two minutes after its end; so that no question needs minutes of the database as well as its hours.
    /// </summary>
    internal const int KeptMinutes = WindowMinutes + 60 + 5;

    /// <summary>Cells of one minute told apart. A stack with more (route, tenant, release) triples at work sees the rest as <c>other</c>.</summary>
    internal const int MaxCellsPerMinute = 2000;

    private readonly SortedDictionary<long, Dictionary<CellKey, KpiCell>> _minutes = [];

    /// <summary>The minute, since 1970, of a time.</summary>
    internal static long MinuteOf(long unixMs) => unixMs / 60_000;

    /// <summary>Counts a record in the minute of its time; a time in the future or from before the hour that is kept counts as now.</summary>
    internal void Add(RequestRecord record, long nowUnixMs)
    {
        var now = MinuteOf(nowUnixMs);
        var minute = MinuteOf(record.TimeUnixMs);
        if (minute > now || minute < now - WindowMinutes) minute = now;
        Cell(minute, new CellKey(record.Route, record.Tenant, record.Release)).Add(record);
    }

    internal void AddDropped(long count, long nowUnixMs) => Cell(MinuteOf(nowUnixMs), CellKey.Nobody).AddDropped(count);

    /// <summary>Puts back what an earlier process had written.</summary>
    internal void Restore(long minute, CellKey key, Rollup rollup) => Minute(minute)[key] = new KpiCell(rollup);

    /// <summary>The cells changed since the last call, as they stand.</summary>
    internal List<(long Minute, CellKey Key, Rollup Data)> TakeChanged()
    {
        var changed = new List<(long, CellKey, Rollup)>();
        foreach (var (minute, cells) in _minutes)
        {
            foreach (var (key, cell) in cells)
            {
                if (!cell.Dirty) continue;
                cell.Dirty = false;
                changed.Add((minute, key, cell.ToRollup()));
            }
        }

        return changed;
    }

    /// <summary>Says that what was taken could not be written.</summary>
    internal void MarkChanged(IEnumerable<(long Minute, CellKey Key, Rollup Data)> cells)
    {
        foreach (var (minute, key, _) in cells)
        {
            if (_minutes.TryGetValue(minute, out var found) && found.TryGetValue(key, out var cell)) cell.Dirty = true;
        }
    }

    /// <summary>Packs minutes that are over, and forgets those that no window reaches. What is not written yet is kept.</summary>
    internal void Tidy(long nowUnixMs)
    {
        var now = MinuteOf(nowUnixMs);
        List<long>? over = null;
        foreach (var (minute, cells) in _minutes)
        {
            if (minute >= now - 1) break;
            // Two minutes more: a question that began with the minutes of its own time must still find them whole.
            if (minute < now - KeptMinutes - 2 && !cells.Values.Any(cell => cell.Dirty)) (over ??= []).Add(minute);
            else foreach (var cell in cells.Values) cell.Compact();
        }

        foreach (var minute in over ?? []) _minutes.Remove(minute);
    }

    /// <summary>The minutes at or after the given one.</summary>
    internal List<long> MinutesFrom(long first) => [.. _minutes.Keys.Where(minute => minute >= first)];

    internal IEnumerable<KeyValuePair<CellKey, KpiCell>> CellsOf(long minute) => _minutes.TryGetValue(minute, out var cells) ? cells : [];

    private KpiCell Cell(long minute, CellKey key)
    {
        var cells = Minute(minute);
        if (cells.TryGetValue(key, out var cell)) return cell;
        if (cells.Count >= MaxCellsPerMinute && key != CellKey.Nobody)
        {
            key = CellKey.Other;
            if (cells.TryGetValue(key, out cell)) return cell;
        }

        return cells[key] = new KpiCell();
    }

    private Dictionary<CellKey, KpiCell> Minute(long minute)
    {
        if (!_minutes.TryGetValue(minute, out var cells)) _minutes[minute] = cells = [];
        return cells;
    }
}
