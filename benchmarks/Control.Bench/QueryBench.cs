using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Slipway.Control.Data;
using Slipway.Control.Kpis;
using Slipway.Control.Records;

namespace Slipway.Control.Bench;

/// <summary>Questions about 24 hours of roll-ups: 48 combinations of route, tenant and release in every minute. The database is written with Control's own code, by a clock that runs ahead.</summary>
internal static class QueryBench
{
    private const int Hours = 27;
    private const int RecordsOfAMinute = 600;
    private const int Questions = 40;

    /// <summary>The runtime has compiled by then what it compiles again.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string folder)
    {
        await FillAsync(folder);
        using var control = await BenchProcess.StartAsync(folder);
        foreach (var (name, query) in ((string, string)[])
        [
            ("24 h, the whole", ""), ("24 h, one tenant", "&tenant=tenant-3"), ("24 h by route and tenant", "&group_by=route,tenant"), ("24 h in steps of an hour", "&step=60"),
        ])
        {
            var times = new List<double>();
            for (var begun = Stopwatch.GetTimestamp(); times.Count < Questions;)
            {
                var from = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(-24).ToString("O"));
                var started = Stopwatch.GetTimestamp();
                await control.GetAsync($"/admin/kpis?from={from}{query}");
                if (Stopwatch.GetElapsedTime(begun) > WarmUp) times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            times.Sort();
            Console.WriteLine($"query: {name}: median {times[times.Count / 2]:F1} ms, p95 {times[(int)(times.Count * 0.95)]:F1} ms");
        }
    }

    private static async Task FillAsync(string folder)
    {
        var databases = new Factory(folder);
        await using (var database = databases.CreateDbContext()) await database.Database.MigrateAsync();
        var now = TimeProvider.System.GetUtcNow();
        var time = new FakeTimeProvider(now.AddHours(-Hours));
        var store = new KpiStore(time);
        var writer = new RecordWriter(databases, new TimeOrderedIds(time), time, new RecordOptions());
        var workload = new Workload(2);
        while (time.GetUtcNow() < now)
        {
            store.Append([.. Enumerable.Range(0, RecordsOfAMinute).Select(_ => workload.Next(time.GetUtcNow().ToUnixTimeMilliseconds()))], 0);
            await writer.WriteAsync(store.Take() with { Kept = [], Counted = [] }, CancellationToken.None);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        // A Control that runs makes each hour when it is over.
        var hours = new HourRollups(databases, time);
        await using (var database = databases.CreateDbContext()) await hours.StartAsync(database, CancellationToken.None);
        for (var end = long.MinValue; end != hours.End;)
        {
            end = hours.End;
            await hours.MakeAsync(CancellationToken.None);
        }

        var file = new FileInfo(Path.Combine(folder, "control.db"));
        Console.WriteLine($"query: {Hours} h of {RecordsOfAMinute} requests a minute in up to {Workload.Combinations} combinations are {file.Length / 1048576} MB of roll-ups");
    }

    private sealed class Factory(string folder) : IDbContextFactory<ControlDb>
    {
        public ControlDb CreateDbContext()
        {
            var options = new DbContextOptionsBuilder<ControlDb>();
            DatabaseExtensions.Configure(options, null, folder);
            return new ControlDb(options.Options);
        }
    }
}
