using Slipway.Contracts;
using Slipway.Control.Kpis;
using Slipway.Control.Records;

namespace Slipway.Control.Tests;

/// <summary>The pure parts, without a host.</summary>
public sealed class KpiUnitTests
{
    private const long Noon = 1_767_268_800_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(5000)]
    public void A_histogram_is_right_within_a_percent_however_often_it_is_packed_and_stored(int count)
    {
        var random = new Random(count);
        var values = Enumerable.Range(0, count).Select(_ => Math.Exp(random.NextDouble() * 11)).ToList();
        var histogram = new LatencyHistogram();
        for (var i = 0; i < count; i++)
        {
            histogram.Record(values[i]);
            if (i % 1000 == 500) histogram.Compact();
            if (i % 1500 == 700) histogram = LatencyHistogram.From(LatencyDataOf(histogram));
        }

        var sum = LatencyHistogram.NewAccumulator();
        LatencyHistogram.From(LatencyDataOf(histogram)).AddTo(sum);
        values.Sort();
        Assert.Equal(count, sum.TotalCount);
        foreach (var percentile in new[] { 50.0, 95, 99, 100 })
        {
            var exact = values[Math.Max(0, (int)Math.Ceiling(percentile / 100 * count) - 1)] * 1000;
            Assert.InRange(LatencyHistogram.ValueAt(sum, percentile), exact * 0.99 - 1, exact * 1.01 + 1);
        }

        static LatencyData LatencyDataOf(LatencyHistogram histogram) => LatencyData.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(histogram.ToData()));
    }

    [Fact]
    public void Latencies_that_are_no_numbers_are_left_out_and_endless_ones_count_as_an_hour()
    {
        var histogram = new LatencyHistogram();
        foreach (var value in new[] { double.NaN, -1, double.NegativeInfinity, double.PositiveInfinity, double.MaxValue, 0 }) histogram.Record(value);
        var sum = LatencyHistogram.NewAccumulator();
        histogram.AddTo(sum);
        Assert.Equal(3, sum.TotalCount);
        Assert.InRange(LatencyHistogram.ValueAt(sum, 100), LatencyHistogram.Longest * 0.99, LatencyHistogram.Longest * 1.01);
    }

    [Fact]
    public void A_minute_holds_so_many_cells_and_the_rest_together()
    {
        var aggregator = new KpiAggregator();
        for (var i = 0; i < KpiAggregator.MaxCellsPerMinute + 500; i++) aggregator.Add(new RequestRecord { Tenant = "t" + i, Route = "answers", Release = "r", Status = 200, TimeUnixMs = Noon }, Noon);
        var cells = aggregator.CellsOf(KpiAggregator.MinuteOf(Noon)).ToDictionary(cell => cell.Key, cell => cell.Value);
        Assert.Equal(KpiAggregator.MaxCellsPerMinute + 1, cells.Count);
        Assert.Equal(500, cells[CellKey.Other].Counters.Requests);
    }

    [Fact]
    public void A_cell_tells_so_many_names_apart_and_the_rest_together()
    {
        var cell = new KpiCell();
        for (var i = 0; i < 100; i++) cell.Add(new RequestRecord { Status = 500, ErrorCode = "code" + i, TotalMs = 1, StageMs = { ["stage" + i] = 1 } });
        Assert.Equal(KpiCell.MaxNames + 1, cell.Counters.FailureCodes.Count);
        Assert.Equal(100, cell.Counters.FailureCodes.Values.Sum());
        Assert.InRange(cell.Latencies.Count, KpiCell.MaxNames, KpiCell.MaxNames + 2);
    }

    [Fact]
    public void What_is_older_than_the_hour_is_forgotten_once_it_is_written()
    {
        var aggregator = new KpiAggregator();
        aggregator.Add(new RequestRecord { Status = 200, TimeUnixMs = Noon }, Noon);
        var later = Noon + 62 * 60_000;
        aggregator.Tidy(later);
        Assert.Single(aggregator.MinutesFrom(0));
        var taken = aggregator.TakeChanged();
        aggregator.MarkChanged(taken);
        Assert.Single(aggregator.TakeChanged());
        Assert.Empty(aggregator.TakeChanged());
        aggregator.Tidy(later);
        Assert.Empty(aggregator.MinutesFrom(0));
    }

    [Fact]
    public void A_request_is_remembered_for_ten_minutes_and_not_for_ever()
    {
        var seen = new SeenRequests();
        var hash = SeenRequests.Hash("t", "id");
        Assert.NotEqual(hash, SeenRequests.Hash("ti", "d"));
        Assert.True(seen.Add(hash, Noon));
        Assert.False(seen.Add(hash, Noon + SeenRequests.WindowMs));
        Assert.True(seen.Add(hash, Noon + SeenRequests.WindowMs + 3 * 60_000));

        var restored = new SeenRequests();
        restored.Restore(SeenRequests.Pack([hash, 0, 1]), Noon);
        Assert.True(restored.Contains(hash) && restored.Contains(0) && restored.Contains(1) && !restored.Contains(2));
    }

    [Fact]
    public void Failures_degraded_answers_and_reviews_are_kept_where_ordinary_ones_are_not()
    {
        var sampler = new RecordSampler();
        var ordinary = Enumerable.Range(0, 1000).Count(_ => sampler.Keep(new RequestRecord { Status = 200 }, Noon));
        Assert.Equal(RecordSampler.MaxOrdinaryPerSecond, ordinary);
        Assert.True(sampler.Keep(new RequestRecord { Status = 503 }, Noon));
        Assert.True(sampler.Keep(new RequestRecord { Status = 200, Degraded = { "model=extractive" } }, Noon));
        Assert.True(sampler.Keep(new RequestRecord { Status = 200, Review = true }, Noon));
        var failed = Enumerable.Range(0, 1000).Count(_ => sampler.Keep(new RequestRecord { Status = 503 }, Noon));
        Assert.Equal(RecordSampler.MaxPerSecond - RecordSampler.MaxOrdinaryPerSecond - 3, failed);
        Assert.True(sampler.Keep(new RequestRecord { Status = 200 }, Noon + 1000));
    }

    [Fact]
    public void Text_is_cut_without_halving_a_character()
    {
        Assert.Equal("abc", RecordCleaner.Text("abc", 3));
        Assert.Equal("ab", RecordCleaner.Text("ab\U0001F980", 3));
        Assert.Equal("a b", RecordCleaner.Text("a\u0000b", 3));
    }
}
