using Microsoft.EntityFrameworkCore;
using Slipway.Control.Kpis;

namespace Slipway.Control.Tests;

/// <summary>KPIs over hours and days.</summary>
public sealed class KpiRangeTests : IDisposable
{
    private readonly KpiRig _rig = new();
    private readonly List<(DateTimeOffset At, double Milliseconds, string Tenant)> _told = [];

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Percentiles_over_hours_are_those_of_all_requests_and_not_the_mean_of_the_hours()
    {
        await FillAsync(hours: 30, makeHours: true);
        Assert.True(_rig.Hours.End > 0 && await CountHoursAsync() > 0);
        foreach (var hours in new[] { 3, 7, 24, 30 })
        {
            var kpis = await _rig.ReadAsync(TimeSpan.FromHours(hours));
            var exact = _told.Where(told => told.At >= kpis.From).Select(told => told.Milliseconds).Order().ToList();
            Assert.Equal(exact.Count, kpis.Total.Requests);
            foreach (var (percentile, told) in new[] { (0.5, kpis.Total.EndToEnd.P50Ms), (0.95, kpis.Total.EndToEnd.P95Ms), (0.99, kpis.Total.EndToEnd.P99Ms), (1, kpis.Total.EndToEnd.MaxMs) })
            {
                var right = exact[(int)Math.Ceiling(percentile * exact.Count) - 1];
                Assert.True(Math.Abs(told!.Value - right) <= right * 0.01, $"{hours} h, {percentile}: {told} instead of {right}");
            }
        }
    }

    [Fact]
    public async Task Hours_come_to_the_same_as_their_minutes_and_a_restart_makes_the_rest_of_them()
    {
        await FillAsync(hours: 30, makeHours: false);
        var minutes = await _rig.ReadAsync(TimeSpan.FromHours(29), groupBy: "tenant");
        Assert.Equal(0, await CountHoursAsync());

        // An upgrade: the hours of the past are made a day at a time, also by several processes after each other.
        await _rig.Hours.MakeAsync(KpiRig.Cancel);
        var first = await CountHoursAsync();
        Assert.Equal(24, first);
        _rig.Start();
        await _rig.Hours.MakeAsync(KpiRig.Cancel);
        await _rig.Hours.MakeAsync(KpiRig.Cancel);
        Assert.True(await CountHoursAsync() > first);

        var hours = await _rig.ReadAsync(TimeSpan.FromHours(29), groupBy: "tenant");
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(minutes), System.Text.Json.JsonSerializer.Serialize(hours));
    }

    [Fact]
    public async Task A_series_adds_up_to_the_whole_and_filters_reach_the_roll_ups()
    {
        await FillAsync(hours: 26, makeHours: true);
        var kpis = await _rig.ReadAsync(TimeSpan.FromHours(25), step: 60, groupBy: "tenant");
        Assert.Equal(kpis.Total.Requests, kpis.Series.Sum(point => point.Figures.Requests));
        Assert.Equal(kpis.Total.Requests, kpis.Groups.Sum(group => group.Figures.Requests));
        Assert.All(kpis.Series, point => Assert.Equal(TimeSpan.FromHours(1), point.To - point.From));
        Assert.Equal(kpis.Series.OrderBy(point => point.From).ThenBy(point => point.Tenant), kpis.Series);

        var one = await _rig.ReadAsync(TimeSpan.FromHours(25), tenant: "t1");
        Assert.Equal(kpis.Groups.Single(group => group.Tenant == "t1").Figures.Requests, one.Total.Requests - (one.From < kpis.From ? _told.Count(told => told.Tenant == "t1" && told.At >= one.From && told.At < kpis.From) : 0));

        var fine = await _rig.ReadAsync(TimeSpan.FromHours(2), step: 5);
        Assert.Equal(fine.Total.Requests, fine.Series.Sum(point => point.Figures.Requests));
        Assert.Equal(_told.Count(told => told.At >= fine.From), fine.Total.Requests);
    }

    [Fact]
    public async Task An_hour_of_names_that_come_and_go_stays_bounded_and_counts_all()
    {
        for (var minute = 0; minute < 5; minute++)
        {
            for (var i = 0; i < 1000; i++) _rig.Count(10, tenant: $"t{minute}-{i}");
            _rig.Time.Advance(TimeSpan.FromMinutes(1));
        }

        await _rig.WriteAsync();
        _rig.Time.Advance(TimeSpan.FromHours(3));
        _rig.Store.Take();
        await _rig.Hours.MakeAsync(KpiRig.Cancel);
        await using var database = _rig.CreateDbContext();
        Assert.InRange(await database.Hours.CountAsync(KpiRig.Cancel), KpiAggregator.MaxCellsPerMinute, KpiAggregator.MaxCellsPerMinute + 4);
        foreach (var groupBy in new[] { null, "tenant" }) Assert.Equal(5000, (await _rig.ReadAsync(TimeSpan.FromHours(7), groupBy: groupBy)).Total.Requests);
    }

    [Fact]
    public async Task A_range_that_ends_in_the_past_leaves_out_what_came_after_it()
    {
        await FillAsync(hours: 4, makeHours: true);
        var now = _rig.Time.GetUtcNow();
        var (from, to) = (now.AddMinutes(-170), now.AddMinutes(-20));
        var kpis = await _rig.Reader.ReadAsync(KpiQuery.Parse(null, null, null, null), KpiRange.Parse(null, from.ToString("O"), to.ToString("O"), null, now), KpiRig.Cancel);
        Assert.Equal(_told.Count(told => told.At >= from && told.At < to), kpis.Total.Requests);
        Assert.Equal((from, to), (kpis.From, kpis.To));
    }

    /// <summary>Two requests a minute, quick ones and, every third hour, slow ones; the time ends on a whole minute.</summary>
    private async Task FillAsync(int hours, bool makeHours)
    {
        var random = new Random(3);
        for (var minute = 0; minute < hours * 60; minute++)
        {
            var count = minute % 97 == 0 ? 200 : 2;
            for (var i = 0; i < count; i++)
            {
                var milliseconds = Math.Exp(random.NextDouble() * 4) * (minute / 60 % 3 == 0 ? 20 : 1);
                var tenant = "t" + i % 2;
                _rig.Count(milliseconds, tenant: tenant);
                _told.Add((_rig.Time.GetUtcNow(), milliseconds, tenant));
            }

            _rig.Time.Advance(TimeSpan.FromMinutes(1));
            if (minute % 10 == 0) await _rig.WriteAsync();
            if (makeHours && minute % 60 == 0) await _rig.Hours.MakeAsync(KpiRig.Cancel);
        }

        await _rig.WriteAsync();
        if (makeHours) await _rig.Hours.MakeAsync(KpiRig.Cancel);
    }

    private async Task<int> CountHoursAsync()
    {
        await using var database = _rig.CreateDbContext();
        return await database.Hours.Select(row => row.Hour).Distinct().CountAsync(KpiRig.Cancel);
    }
}
