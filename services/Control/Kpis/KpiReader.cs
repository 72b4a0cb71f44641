using Microsoft.EntityFrameworkCore;
using Slipway.Control.Data;

namespace Slipway.Control.Kpis;

/// <summary>
/// Answers questions about KPIs: the last two hours from memory, what is older from the roll-ups of the database, by the hour where whole hours are asked for and made. A question about
/// more than memory holds takes the hours that are made from the database even where memory has their minutes: sixty times less to add up.
/// </summary>
internal sealed class KpiReader(KpiStore store, HourRollups hours, IDbContextFactory<ControlDb> databases, TimeProvider time)
{
    internal async Task<KpisResponse> ReadAsync(KpiQuery query, KpiRange range, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var current = KpiAggregator.MinuteOf(now.ToUnixTimeMilliseconds());
        var collector = new KpiCollector(query, range);
        var wholeHours = range.Step is null || (range.Step % 60 == 0 && range.First % 60 == 0);
        var (fromMemory, madeHours) = (current - KpiAggregator.KeptMinutes, hours.End * 60);
        if (range.First < fromMemory)
        {
            if (wholeHours && range.End >= madeHours) fromMemory = Math.Max(fromMemory, madeHours);
            await ReadAsync(query, range.First, Math.Min(range.End, fromMemory), wholeHours, collector.Add, cancellationToken);
        }

        store.Collect(Math.Max(range.First, fromMemory), range.End, collector);
        var end = DateTimeOffset.FromUnixTimeMilliseconds(range.End * 60_000);
        return collector.ToResponse(end > now ? now : end);
    }

    /// <summary>Calls for each stored roll-up of a range: those of hours where they may stand for their minutes, those of minutes elsewhere.</summary>
    internal async Task ReadAsync(KpiQuery query, long first, long end, bool wholeHours, Action<long, CellKey, byte[]> take, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var firstHour = wholeHours ? (first + 59) / 60 : long.MaxValue;
        var endHour = Math.Min(end / 60, hours.End);
        if (firstHour >= endHour)
        {
            await MinutesAsync(first, end);
            return;
        }

        await MinutesAsync(first, firstHour * 60);
        var hourRows = database.Hours.AsNoTracking().Where(row => row.Hour >= firstHour && row.Hour < endHour);
        // Where tenants are not told apart, the row of all of them stands for theirs.
        hourRows = query.Tenant is null && !query.ByTenant ? hourRows.Where(row => row.Tenant == HourRollups.AllTenants || row.Tenant == "") : hourRows.Where(row => row.Tenant != HourRollups.AllTenants);
        var stored = Filter(hourRows.Select(row => new Stored { Minute = row.Hour * 60, Route = row.Route, Tenant = row.Tenant, Release = row.Release, Data = row.Data }), query);
        await foreach (var row in stored.AsAsyncEnumerable().WithCancellation(cancellationToken)) Take(row);
        await MinutesAsync(endHour * 60, end);

        async Task MinutesAsync(long from, long to)
        {
            if (from >= to) return;
            var minutes = Filter(database.Rollups.AsNoTracking().Where(row => row.Minute >= from && row.Minute < to).Select(row => new Stored { Minute = row.Minute, Route = row.Route, Tenant = row.Tenant, Release = row.Release, Data = row.Data }), query);
            await foreach (var row in minutes.AsAsyncEnumerable().WithCancellation(cancellationToken)) Take(row);
        }

        void Take(Stored row) => take(row.Minute, new CellKey(row.Route, row.Tenant, row.Release), row.Data);
    }

    /// <summary>Leaves to the database what it need not send; the row of nobody holds the count of dropped records.</summary>
    private static IQueryable<Stored> Filter(IQueryable<Stored> rows, KpiQuery query)
    {
        if (query.Route is { } route) rows = rows.Where(row => row.Route == route || row.Route == "");
        if (query.Tenant is { } tenant) rows = rows.Where(row => row.Tenant == tenant || row.Tenant == "");
        if (query.Release is { } release) rows = rows.Where(row => row.Release == release || row.Release == "");
        return rows;
    }

    private sealed record Stored
    {
        public long Minute { get; init; }

        public required string Route { get; init; }

        public required string Tenant { get; init; }

        public required string Release { get; init; }

        public required byte[] Data { get; init; }
    }
}
