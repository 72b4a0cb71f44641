using Microsoft.EntityFrameworkCore;
using Slipway.Control.Data;

namespace Slipway.Control.Kpis;

/// <summary>
/// Adds the minutes of hours that no record reaches any more up into hours. An hour is made from its minutes in one transaction, and again where a killed process had not
/// committed it: nothing counts twice, because whoever reads takes an hour or its minutes, never both.
/// </summary>
internal sealed class HourRollups(IDbContextFactory<ControlDb> databases, TimeProvider time)
{
    /// <summary>Hours of one call: after an upgrade there are 720 to make, and the database has other work.</summary>
    private const int MaxHoursAtOnce = 24;

    /// <summary>The tenant of an hour's rows that hold all tenants of a route and release: no tenant can have this name.</summary>
    internal const string AllTenants = "*";

    private long _end = long.MinValue;

    /// <summary>The hour (since 1970) up to which all hours are made.</summary>
    internal long End => Volatile.Read(ref _end);

    /// <summary>Finds out how far an earlier process came.</summary>
    internal async Task StartAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var last = await database.Hours.AsNoTracking().OrderByDescending(row => row.Hour).Select(row => (long?)row.Hour).FirstOrDefaultAsync(cancellationToken);
        var firstMinute = last is not null ? null : await database.Rollups.AsNoTracking().OrderBy(row => row.Minute).Select(row => (long?)row.Minute).FirstOrDefaultAsync(cancellationToken);
        Volatile.Write(ref _end, last + 1 ?? (firstMinute ?? KpiAggregator.MinuteOf(time.GetUtcNow().ToUnixTimeMilliseconds())) / 60);
    }

    /// <summary>Makes the hours that are over for good. Called when everything that was counted is in the database.</summary>
    internal async Task MakeAsync(CancellationToken cancellationToken)
    {
        // A record of an older minute counts as now; two minutes more, because time goes on between counting and this.
        var finished = KpiAggregator.MinuteOf(time.GetUtcNow().ToUnixTimeMilliseconds()) - KpiAggregator.WindowMinutes - 2;
        for (var made = 0; made < MaxHoursAtOnce && (End + 1) * 60 <= finished; made++)
        {
            await MakeAsync(End, cancellationToken);
            Volatile.Write(ref _end, End + 1);
        }
    }

    private async Task MakeAsync(long hour, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var (first, end) = (hour * 60, (hour + 1) * 60);
        var sums = new Dictionary<CellKey, RollupSum>();
        await foreach (var row in database.Rollups.AsNoTracking().Where(row => row.Minute >= first && row.Minute < end).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var key = new CellKey(row.Route, row.Tenant, row.Release);
            if (!sums.TryGetValue(key, out var sum))
            {
                // Names that come and go must not fill the hour: as in a minute, the rest is counted together.
                if (sums.Count >= KpiAggregator.MaxCellsPerMinute && key != CellKey.Nobody) key = CellKey.Other;
                if (!sums.TryGetValue(key, out sum)) sums[key] = sum = new RollupSum();
            }

            sum.Add(row.Data);
        }

        if (sums.Count == 0) return;
        foreach (var (key, sum) in sums.Where(sum => sum.Key != CellKey.Nobody).ToList())
        {
            var all = key with { Tenant = AllTenants };
            if (!sums.TryGetValue(all, out var whole)) sums[all] = whole = new RollupSum();
            whole.Add(sum);
        }

        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        await database.Hours.Where(row => row.Hour == hour).ExecuteDeleteAsync(cancellationToken);
        database.Hours.AddRange(sums.Select(sum => new HourRow
        {
            Hour = hour, Route = sum.Key.Route, Tenant = sum.Key.Tenant, Release = sum.Key.Release, Data = Google.Protobuf.MessageExtensions.ToByteArray(sum.Value.ToRollup()),
        }));
        await database.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
