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

        var sum = new LatencyCounts();
        LatencyHistogram.From(LatencyDataOf(histogram)).AddTo(sum);
        values.Sort();
        Assert.Equal(count, sum.Total);
        foreach (var percentile in new[] { 50.0, 95, 99, 100 })
        {
            var exact = values[Math.Max(0, (int)Math.Ceiling(percentile / 100 * count) - 1)] * 1000;
            Assert.InRange(sum.ValueAt(percentile), exact * 0.99 - 1, exact * 1.01 + 1);
        }

        static LatencyData LatencyDataOf(LatencyHistogram histogram) => LatencyData.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(histogram.ToData()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40_000)]
    public void The_encoding_is_HdrHistograms_own_in_both_directions(int count)
    {
        var random = new Random(count);
        var library = new HdrHistogram.LongHistogram(1, LatencyCounts.Longest, 2);
        var ours = new LatencyCounts();
        for (var i = 0; i < count; i++)
        {
            var value = (long)Math.Exp(random.NextDouble() * Math.Log(LatencyCounts.Longest));
            library.RecordValue(value);
            ours.Record(value);
        }

        var read = (HdrHistogram.LongHistogram)HdrHistogram.HistogramEncoding.DecodeFromByteBuffer(HdrHistogram.Utilities.ByteBuffer.Allocate(ours.Encode()), 0);
        var buffer = HdrHistogram.Utilities.ByteBuffer.Allocate(library.GetNeededByteBufferCapacity());
        var bytes = new byte[library.Encode(buffer, HdrHistogram.Encoding.HistogramEncoderV2.Instance)];
        buffer.Position = 0;
        for (var i = 0; i < bytes.Length; i++) bytes[i] = buffer.Get();
        var back = new LatencyCounts();
        back.AddEncoded(bytes);
        Assert.Equal((count, (long)count, (long)count), (read.TotalCount, back.Total, ours.Total));
        if (count == 0) return;
        foreach (var percentile in new[] { 1, 10, 50, 90, 95, 99, 99.9, 100 })
        {
            var rank = Math.Max(1, Math.Ceiling(percentile * count / 100));
            var expected = library.GetValueAtPercentile(100 * rank / count);
            Assert.Equal((expected, expected, expected), (ours.ValueAt(percentile), back.ValueAt(percentile), read.GetValueAtPercentile(100 * rank / count)));
        }
    }

    [Fact]
    public void Bytes_that_are_no_histogram_are_refused()
    {
        var good = new LatencyCounts();
        for (var i = 0; i < 1000; i++) good.Record(i * 1000);
        var bytes = good.Encode();
        for (var i = 0; i < bytes.Length; i++)
        {
            var bad = bytes.ToArray();
            bad[i] ^= 0x80;
            try
            {
                new LatencyCounts().AddEncoded(bad);
                new LatencyCounts().AddEncoded(bad.AsSpan(0, i));
            }
            catch (FormatException)
            {
            }
        }

        Assert.Throws<FormatException>(() => new LatencyCounts().AddEncoded([]));
        Assert.Throws<FormatException>(() => new LatencyCounts().AddEncoded(bytes.AsSpan(0, bytes.Length - 1)));
    }

    [Fact]
    public void A_stored_roll_up_read_from_its_bytes_is_the_one_that_protobuf_reads()
    {
        var random = new Random(9);
        var sum = new RollupSum();
        var expected = new KpiCell();
        for (var i = 0; i < 3; i++)
        {
            var cell = new KpiCell();
            for (var j = 0; j < (i == 0 ? 5 : 2000); j++)
            {
                var record = new RequestRecord
                {
                    Status = random.Next(3) == 0 ? 503 : 200, ErrorCode = "c" + j % 3, TotalMs = random.NextDouble() * 5000, FirstTokenMs = j % 2, Stream = j % 2 == 0, Review = j % 5 == 0, Confidence = 0.5, CostUsd = 0.25,
                    Cache = ((string[])["miss", "retrieval", "output"])[j % 3], Usage = new Usage { PromptTokens = 3, CompletionTokens = 2, CachedPromptTokens = 1 }, Degraded = { "stage=" + j % 4 },
                    StageMs = { ["model"] = random.NextDouble() * 3000, ["r\u00fcckruf"] = 1 },
                };
                cell.Add(record);
                expected.Add(record);
            }

            cell.AddDropped(2);
            expected.AddDropped(2);
            sum.Add(Google.Protobuf.MessageExtensions.ToByteArray(cell.ToRollup()));
        }

        var all = new RollupSum();
        all.Add(expected);
        Assert.Equal(all.ToRollup(), sum.ToRollup());
        Assert.True(sum.Counters.ConfidenceSum > 0 && sum.Counters.Failures.Count > 0 && sum.Latencies.ContainsKey("r\u00fcckruf"));
    }

    [Fact]
    public void Bytes_that_are_no_roll_up_are_refused_and_fields_of_a_later_version_are_passed_over()
    {
        var cell = new KpiCell();
        for (var i = 0; i < 100; i++) cell.Add(new RequestRecord { Status = 500, ErrorCode = "x", TotalMs = i, StageMs = { ["model"] = i } });
        var bytes = Google.Protobuf.MessageExtensions.ToByteArray(cell.ToRollup());
        for (var i = 0; i < bytes.Length; i++)
        {
            try
            {
                new RollupSum().Add(bytes.AsSpan(0, i));
                var bad = bytes.ToArray();
                bad[i] ^= 0xff;
                new RollupSum().Add(bad);
            }
            catch (FormatException)
            {
            }
        }

        // Field 100 as a number and field 101 as text.
        var later = new RollupSum();
        later.Add([0xa0, 0x06, 0x05, 0xaa, 0x06, 0x01, 0x41, .. bytes]);
        Assert.Equal(100, later.Counters.Requests);
    }

    [Fact]
    public void How_many_are_over_a_limit_is_right_within_a_bucket()
    {
        var counts = new LatencyCounts();
        for (var i = 1; i <= 2000; i++) counts.Record(i * 1000);
        foreach (var limit in new[] { 0, 10, 400, 1000, 1999, 2000, 5000 }) Assert.InRange(counts.CountOver(limit * 1000L), Math.Max(0, 2000 - limit * 1.01), Math.Max(0, 2000 - limit * 0.99));
    }

    [Fact]
    public void Budgets_are_compared_with_the_first_text_of_a_stream_and_with_the_whole_of_any_other_answer()
    {
        var cell = new KpiCell();
        cell.Add(new RequestRecord { Status = 200, TotalMs = 5000, FirstTokenMs = 700, Stream = true, StageMs = { ["retrieval"] = 100, ["model"] = 4800, ["post"] = 50 } });
        cell.Add(new RequestRecord { Status = 200, TotalMs = 900, StageMs = { ["retrieval"] = 100, ["model"] = 700, ["post"] = 50 } });
        foreach (var (name, low, high) in new[] { (KpiCell.Total, 900, 5000), (KpiCell.Answered, 700, 900), (KpiCell.WithoutModel, 150, 150), (KpiCell.ModelAnswered, 600, 700), ("model", 700, 4800) })
        {
            var sum = new LatencyCounts();
            cell.Latencies[name].AddTo(sum);
            Assert.InRange(sum.ValueAt(1) / 1000.0, low * 0.99, low * 1.01);
            Assert.InRange(sum.ValueAt(100) / 1000.0, high * 0.99, high * 1.01);
        }
    }

    [Fact]
    public void Latencies_that_are_no_numbers_are_left_out_and_endless_ones_count_as_an_hour()
    {
        var histogram = new LatencyHistogram();
        foreach (var value in new[] { double.NaN, -1, double.NegativeInfinity, double.PositiveInfinity, double.MaxValue, 0 }) histogram.Record(value);
        var sum = new LatencyCounts();
        histogram.AddTo(sum);
        Assert.Equal(3, sum.Total);
        Assert.InRange(sum.ValueAt(100), LatencyCounts.Longest * 0.99, LatencyCounts.Longest * 1.01);
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
        Assert.InRange(cell.Latencies.Count, KpiCell.MaxNames, KpiCell.MaxNames + 4);
    }

    [Fact]
    public void What_is_older_than_the_hour_is_forgotten_once_it_is_written()
    {
        var aggregator = new KpiAggregator();
        aggregator.Add(new RequestRecord { Status = 200, TimeUnixMs = Noon }, Noon);
        var later = Noon + (KpiAggregator.KeptMinutes + 4) * 60_000;
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
