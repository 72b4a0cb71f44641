using Google.Protobuf;

namespace Slipway.Control.Kpis;

/// <summary>
/// Latencies of one stage in one minute. A quiet cell holds its few values as they are (exact, and some hundred bytes); a busy one an HdrHistogram (error below 1 %, at most 27 KB); a minute that has
/// passed the histogram's encoding (some hundred bytes), which is also what the database keeps.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int FewValues = 32;

    private List<long>? _values = [];
    private LatencyCounts? _counts;
    private ByteString? _encoded;

    /// <summary>Reads what <see cref="ToData"/> made.</summary>
    internal static LatencyHistogram From(LatencyData data) => data.Histogram.IsEmpty
        ? new LatencyHistogram { _values = [.. data.Values] }
        : new LatencyHistogram { _values = null, _encoded = data.Histogram };

    internal void Record(double milliseconds)
    {
        if (!(milliseconds >= 0)) return;
        var microseconds = (long)Math.Min(milliseconds * 1000, LatencyCounts.Longest);
        if (_values is { Count: < FewValues })
        {
            _values.Add(microseconds);
            return;
        }

        Expand().Record(microseconds);
    }

    /// <summary>Adds everything to a sum.</summary>
    internal void AddTo(LatencyCounts sum)
    {
        if (_values is not null)
        {
            foreach (var value in _values) sum.Record(value);
        }
        else if (_counts is not null)
        {
            sum.Add(_counts);
        }
        else
        {
            sum.AddEncoded(_encoded!.Span);
        }
    }

    /// <summary>Gives the memory of the histogram back. More values may still come: they unpack it.</summary>
    internal void Compact()
    {
        if (_counts is null) return;
        _encoded = UnsafeByteOperations.UnsafeWrap(_counts.Encode());
        _counts = null;
    }

    internal LatencyData ToData()
    {
        if (_values is not null) return new LatencyData { Values = { _values } };
        return new LatencyData { Histogram = _counts is null ? _encoded! : UnsafeByteOperations.UnsafeWrap(_counts.Encode()) };
    }

    private LatencyCounts Expand()
    {
        if (_counts is not null) return _counts;
        _counts = new LatencyCounts();
        if (_encoded is not null) _counts.AddEncoded(_encoded.Span);
        foreach (var value in _values ?? []) _counts.Record(value);
        _values = null;
        _encoded = null;
        return _counts;
    }
}
