using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Kpis;
using Slipway.Control.Records;
using Slipway.Testing;

namespace Slipway.Control.Tests;

/// <summary>Counting, sampling and cleaning, without a process; migrations against the model.</summary>
public sealed class RecordTests
{
    private const long Now = 1_800_000_000_000;

    [Theory]
    [InlineData(null)]
    [InlineData("Host=127.0.0.1;Database=none")]
    public void The_model_has_no_changes_that_lack_a_migration(string? connectionString)
    {
        using var folder = new TempFolder();
        var options = new DbContextOptionsBuilder<ControlDb>();
        DatabaseExtensions.Configure(options, connectionString, folder.Path);
        using var database = new ControlDb(options.Options);
        Assert.False(database.Database.HasPendingModelChanges());
    }

    [Fact]
    public void What_could_not_be_written_is_given_out_again_with_what_came_meanwhile()
    {
        var store = new KpiStore(TimeProvider.System);
        store.Append([Record("one")], 0);
        var first = store.Take();
        Assert.Equal((1, 1, 1), (first.Cells.Count, first.Counted.Count, first.Kept.Count));
        store.Append([Record("two")], 0);
        store.GiveBack(first);
        var second = store.Take();
        Assert.Equal(2, Assert.Single(second.Cells).Data.Requests);
        Assert.Equal((2, 2), (second.Counted.Count, second.Kept.Count));
        Assert.True(store.Take().Nothing);
    }

    [Fact]
    public void Of_ordinary_records_fifty_a_second_are_kept_and_of_failures_more()
    {
        var sampler = new RecordSampler();
        Assert.Equal(50, Enumerable.Range(0, 1000).Count(_ => sampler.Keep(Record("x"), Now)));
        Assert.Equal(200, Enumerable.Range(0, 1000).Count(_ => sampler.Keep(Record("x", status: 503), Now)));
        Assert.True(sampler.Keep(Record("x"), Now + 1000));
    }

    [Fact]
    public void Ids_are_remembered_for_ten_minutes_and_forgotten_after_twelve_also_by_a_successor()
    {
        var seen = new SeenRequests();
        var hash = SeenRequests.Hash("t", "r");
        Assert.True(seen.Add(hash, Now));
        Assert.False(seen.Add(hash, Now + 10 * 60_000));
        var successor = new SeenRequests();
        successor.Restore(SeenRequests.Pack([hash]), Now);
        Assert.False(successor.Add(hash, Now + 60_000));
        Assert.True(seen.Add(hash, Now + 12 * 60_000 + 1));
        Assert.NotEqual(hash, SeenRequests.Hash("tr", ""));
    }

    [Fact]
    public void A_busy_minute_with_endless_names_stays_bounded()
    {
        var aggregator = new KpiAggregator();
        for (var i = 0; i < 10_000; i++) aggregator.Add(Record("r" + i, tenant: "t" + i, status: 400, code: "c" + i), Now);
        var cells = aggregator.CellsOf(KpiAggregator.MinuteOf(Now)).ToList();
        Assert.InRange(cells.Count, KpiAggregator.MaxCellsPerMinute, KpiAggregator.MaxCellsPerMinute + 1);
        Assert.Equal(10_000, cells.Sum(cell => cell.Value.Counters.Requests));
        Assert.All(cells, cell => Assert.InRange(cell.Value.Counters.FailureCodes.Count, 1, KpiCell.MaxNames + 1));
    }

    [Fact]
    public void A_packed_minute_still_counts_a_late_record_and_keeps_its_percentiles()
    {
        var latency = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++) latency.Record(i);
        latency.Compact();
        latency.Record(1000);
        var back = LatencyHistogram.From(LatencyData.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(latency.ToData())));
        var sum = new LatencyCounts();
        back.AddTo(sum);
        Assert.Equal(1001, sum.Total);
        Assert.InRange(sum.ValueAt(50) / 1000.0, 500 * 0.99, 501 * 1.01);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("nul\0and\u0007bell", "nul and bell")]
    [InlineData("123456789\ud83d\ude00", "123456789")]
    public void Text_is_cut_to_what_every_database_holds(string text, string expected) => Assert.Equal(expected, RecordCleaner.Text(text, expected == "123456789" ? 10 : 20));

    private static RequestRecord Record(string id, string tenant = "t", int status = 200, string code = "") =>
        new() { RequestId = id, Tenant = tenant, Route = "answers", Release = "baseline", Status = status, ErrorCode = code, TotalMs = 5, StageMs = { ["model"] = 4 } };
}
