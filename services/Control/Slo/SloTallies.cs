using Slipway.Assets.Slo;
using Slipway.Control.Kpis;

namespace Slipway.Control.Slo;

/// <summary>
/// Tallies of the last three days by minute and route, made from the roll-ups: at the start and after a change of the budgets from those of the database (by the hour where they are older than six
/// hours), then from the minutes in memory that have changed. Used by one caller at a time.
/// </summary>
internal sealed class SloTallies(KpiStore store, KpiReader reader, TimeProvider time)
{
    private static readonly KpiQuery Everything = new(null, null, null, ByRoute: true, ByTenant: false, ByRelease: false);

    private readonly SortedDictionary<long, Dictionary<string, Tally>> _minutes = [];
    private readonly Dictionary<long, long> _requests = [];
    private SloSettings? _settings;

    /// <summary>Brings the tallies up to date with what was counted and with the budgets.</summary>
    internal async Task UpdateAsync(SloSettings settings, CancellationToken cancellationToken)
    {
        var now = KpiAggregator.MinuteOf(time.GetUtcNow().ToUnixTimeMilliseconds());
        var firstInMemory = now - KpiAggregator.WindowMinutes;
        if (!ReferenceEquals(settings, _settings))
        {
            _settings = null;
            _minutes.Clear();
            _requests.Clear();
            var sums = new Dictionary<(long Minute, string Route), RollupSum>();
            var byMinute = (now - 7 * 60) / 60 * 60;
            await reader.ReadAsync(Everything, now - BurnRule.LongestMinutes, byMinute, wholeHours: true, Gather, cancellationToken);
            await reader.ReadAsync(Everything, byMinute, firstInMemory, wholeHours: false, Gather, cancellationToken);
            foreach (var ((minute, route), sum) in sums) Set(minute, route, sum, settings);
            _settings = settings;

            void Gather(long minute, CellKey key, byte[] rollup)
            {
                if (!Counts(key)) return;
                if (!sums.TryGetValue((minute, key.Route), out var sum)) sums[(minute, key.Route)] = sum = new RollupSum();
                sum.Add(rollup);
            }
        }

        foreach (var (minute, routes) in store.ChangedSince(firstInMemory, _requests, Counts))
        {
            _minutes.Remove(minute);
            foreach (var (route, sum) in routes) Set(minute, route, sum, settings);
        }

        while (_minutes.Count > 0 && _minutes.First().Key < now - BurnRule.LongestMinutes) _minutes.Remove(_minutes.First().Key);
        foreach (var minute in _requests.Keys.Where(minute => minute < firstInMemory - 5).ToList()) _requests.Remove(minute);
    }

    /// <summary>The tallies of each route in each window (minutes).</summary>
    internal Dictionary<string, Dictionary<int, Tally>> Sum(IReadOnlyList<int> windows)
    {
        var now = KpiAggregator.MinuteOf(time.GetUtcNow().ToUnixTimeMilliseconds());
        var sums = new Dictionary<string, Dictionary<int, Tally>>(StringComparer.Ordinal);
        foreach (var (minute, routes) in _minutes)
        {
            foreach (var (route, tally) in routes)
            {
                if (!sums.TryGetValue(route, out var byWindow)) sums[route] = byWindow = windows.ToDictionary(window => window, _ => new Tally());
                foreach (var window in windows)
                {
                    // A window of five minutes is five whole ones and the one that runs.
                    if (minute >= now - window) byWindow[window].Add(tally);
                }
            }
        }

        return sums;
    }

    private static bool Counts(CellKey key) => key != CellKey.Nobody && !KpiQuery.IsBackground(key.Route);

    private void Set(long minute, string route, RollupSum sum, SloSettings settings)
    {
        if (!_minutes.TryGetValue(minute, out var routes)) _minutes[minute] = routes = new Dictionary<string, Tally>(StringComparer.Ordinal);
        var tally = new Tally();
        tally.Add(sum, settings, route);
        routes[route] = tally;
    }
}
