using Google.Protobuf;
using HdrHistogram;
using HdrHistogram.Encoding;
using HdrHistogram.Utilities;

namespace Slipway.Control.Kpis;

/// <summary>
/// Latencies of one stage in one minute. A quiet cell holds its few values as they are (exact, and some hundred bytes); a busy one an HdrHistogram of two
/// significant digits (error below 1 %, 13 KB); a minute that has passed the histogram's encoding (some hundred bytes), which is also what the database keeps.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>The longest latency told from longer ones: an hour, in microseconds.</summary>
    internal const long Longest = 3_600_000_000;

    private const int SignificantDigits = 2;
    private const int FewValues = 32;

    private List<long>? _values = [];
    private HistogramBase? _histogram;
    private ByteString? _encoded;

    /// <summary>Reads what <see cref="ToData"/> made.</summary>
    internal static LatencyHistogram From(LatencyData data) => data.Histogram.IsEmpty
        ? new LatencyHistogram { _values = [.. data.Values] }
        : new LatencyHistogram { _values = null, _encoded = data.Histogram };

    internal static LongHistogram NewAccumulator() => new(1, Longest, SignificantDigits);

    /// <summary>
    /// The nearest-rank percentile, in microseconds: the smallest value that so many per cent of all values do not exceed. The library rounds the rank
    /// to the nearest instead, by which p95 of 32 requests would be the 30th of them and not the 31st; so it is asked for exactly the rank's percentage.
    /// </summary>
    internal static long ValueAt(HistogramBase histogram, double percentile)
    {
        var count = histogram.TotalCount;
        var rank = Math.Max(1, Math.Ceiling(percentile * count / 100));
        return histogram.GetValueAtPercentile(100 * rank / count);
    }

    internal void Record(double milliseconds)
    {
        if (!(milliseconds >= 0)) return;
        var microseconds = (long)Math.Min(milliseconds * 1000, Longest);
        if (_values is { Count: < FewValues })
        {
            _values.Add(microseconds);
            return;
        }

        Expand().RecordValue(microseconds);
    }

    /// <summary>Adds everything to an accumulator.</summary>
    internal void AddTo(LongHistogram accumulator)
    {
        if (_values is not null)
        {
            foreach (var value in _values) accumulator.RecordValue(value);
        }
        else
        {
            accumulator.Add(_histogram ?? Decode(_encoded!));
        }
    }

    /// <summary>Gives the memory of the histogram back. More values may still come: they unpack it.</summary>
    internal void Compact()
    {
        if (_histogram is null) return;
        _encoded = Encode(_histogram);
        _histogram = null;
    }

    internal LatencyData ToData()
    {
        if (_values is not null) return new LatencyData { Values = { _values } };
        return new LatencyData { Histogram = _histogram is null ? _encoded! : Encode(_histogram) };
    }

    private HistogramBase Expand()
    {
        if (_histogram is not null) return _histogram;
        _histogram = _encoded is not null ? Decode(_encoded) : new IntHistogram(1, Longest, SignificantDigits);
        foreach (var value in _values ?? []) _histogram.RecordValue(value);
        _values = null;
        _encoded = null;
        return _histogram;
    }

    private static ByteString Encode(HistogramBase histogram)
    {
        var buffer = ByteBuffer.Allocate(histogram.GetNeededByteBufferCapacity());
        var length = histogram.Encode(buffer, HistogramEncoderV2.Instance);
        var bytes = new byte[length];
        buffer.Position = 0;
        for (var i = 0; i < length; i++) bytes[i] = buffer.Get();
        return ByteString.CopyFrom(bytes);
    }

    private static HistogramBase Decode(ByteString encoded) => HistogramEncoding.DecodeFromByteBuffer(ByteBuffer.Allocate(encoded.ToByteArray()), 0);
}
