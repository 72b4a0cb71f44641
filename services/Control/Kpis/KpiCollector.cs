namespace Slipway.Control.Kpis;

/// <summary>Gathers cells by step and group: each is added once, and the groups and the total are made of that.</summary>
internal sealed class KpiCollector(KpiQuery query, KpiRange range)
{
    private readonly Dictionary<(long Step, CellKey Group), RollupSum> _sums = [];
    private long _dropped;

    internal void Add(long minute, CellKey key, KpiCell cell)
    {
        _dropped += cell.Counters.Dropped;
        if (query.Matches(key)) SumOf(minute, key).Add(cell);
    }

    internal void Add(long minute, CellKey key, byte[] rollup)
    {
        if (key == CellKey.Nobody) _dropped += Rollup.Parser.ParseFrom(rollup).Dropped;
        else if (query.Matches(key)) SumOf(minute, key).Add(rollup);
    }

    internal KpisResponse ToResponse(DateTimeOffset end)
    {
        var total = new RollupSum();
        var groups = new Dictionary<CellKey, RollupSum>();
        foreach (var ((_, group), sum) in _sums)
        {
            total.Add(sum);
            if (!query.Grouped) continue;
            if (!groups.TryGetValue(group, out var whole)) groups[group] = whole = new RollupSum();
            whole.Add(sum);
        }

        return new KpisResponse(
            range.Minutes,
            At(range.First),
            end,
            range.Step,
            _dropped,
            total.ToFigures(),
            [.. groups
                .Select(group => new KpiGroup(Route(group.Key), Tenant(group.Key), Release(group.Key), group.Value.ToFigures()))
                .OrderByDescending(group => group.Figures.Requests).ThenBy(group => group.Route).ThenBy(group => group.Tenant).ThenBy(group => group.Release)],
            range.Step is not { } step ? [] : [.. _sums
                .OrderBy(sum => sum.Key.Step).ThenBy(sum => sum.Key.Group.Route, StringComparer.Ordinal).ThenBy(sum => sum.Key.Group.Tenant, StringComparer.Ordinal).ThenBy(sum => sum.Key.Group.Release, StringComparer.Ordinal)
                .Select(sum => new KpiPoint(At(sum.Key.Step), At(sum.Key.Step + step), Route(sum.Key.Group), Tenant(sum.Key.Group), Release(sum.Key.Group), sum.Value.ToFigures()))]);
    }

    private RollupSum SumOf(long minute, CellKey key)
    {
        var at = (range.Step is { } step ? minute - (minute - range.First) % step : range.First, query.GroupOf(key));
        if (!_sums.TryGetValue(at, out var sum)) _sums[at] = sum = new RollupSum();
        return sum;
    }

    private string? Route(CellKey key) => query.ByRoute ? key.Route : null;

    private string? Tenant(CellKey key) => query.ByTenant ? key.Tenant : null;

    private string? Release(CellKey key) => query.ByRelease ? key.Release : null;

    private static DateTimeOffset At(long minute) => DateTimeOffset.FromUnixTimeMilliseconds(minute * 60_000);
}
