using System.Buffers.Binary;
using System.Numerics;

namespace Slipway.Control.Kpis;

/// <summary>
/// An HdrHistogram (http://hdrhistogram.org) of two significant digits over 1 µs to an hour: values up to 255 µs are exact, larger ones lie in buckets whose width is below 1 % of their value.
/// Its encoding is HdrHistogram's V2, not deflated, so that other HdrHistograms read it; a test holds it against the library. It is our own because adding an encoded histogram to
/// another happens some ten thousand times in one question about a day: here that walks the varints once and allocates nothing.
/// </summary>
internal sealed class LatencyCounts
{
    /// <summary>The longest latency told from longer ones: an hour, in microseconds.</summary>
    internal const long Longest = 3_600_000_000;

    private const int Digits = 2;
    private const int SubBucketBits = 8;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int HalfBits = SubBucketBits - 1;
    private const int Half = SubBuckets / 2;
    private const int HeaderBytes = 40;
    private const int Cookie = 0x1c849303 | 0x10;

    /// <summary>All buckets up to <see cref="Longest"/>.</summary>
    private static readonly int Buckets = IndexOf(Longest) + 1;

    private long[] _counts = [];

    /// <summary>How many values it holds.</summary>
    internal long Total { get; private set; }

    /// <summary>Counts a value; less than 0 counts as 0 and more than <see cref="Longest"/> as that.</summary>
    internal void Record(long microseconds)
    {
        var index = IndexOf(Math.Clamp(microseconds, 0, Longest));
        Reserve(index + 1);
        _counts[index]++;
        Total++;
    }

    internal void Add(LatencyCounts other)
    {
        Reserve(other._counts.Length);
        var from = other._counts;
        var to = _counts.AsSpan(0, from.Length);
        for (var index = 0; index < from.Length; index++) to[index] += from[index];
        Total += other.Total;
    }

    /// <summary>Adds what <see cref="Encode"/> made.</summary>
    /// <exception cref="FormatException">It is not such an encoding.</exception>
    internal void AddEncoded(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderBytes || (BinaryPrimitives.ReadInt32BigEndian(encoded) & ~0xf0) != (Cookie & ~0xf0) || BinaryPrimitives.ReadInt32BigEndian(encoded[12..]) != Digits
            || BinaryPrimitives.ReadInt64BigEndian(encoded[16..]) != 1 || BinaryPrimitives.ReadInt32BigEndian(encoded[4..]) is var length && (length < 0 || length > encoded.Length - HeaderBytes))
            throw new FormatException("This is no HdrHistogram of two digits in the encoding V2.");
        Reserve(Buckets);
        var payload = encoded.Slice(HeaderBytes, length);
        var (counts, index, total) = (_counts, 0, 0L);
        for (var at = 0; at < payload.Length;)
        {
            // ZigZag in base 128, the ninth byte whole; negative: so many empty buckets.
            ulong bits = 0;
            for (var shift = 0; ; shift += 7)
            {
                if (at == payload.Length) throw new FormatException("The histogram ends within a number.");
                ulong part = payload[at++];
                bits |= shift == 56 ? part << 56 : (part & 0x7f) << shift;
                if (part < 0x80 || shift == 56) break;
            }

            var count = (long)(bits >> 1) ^ -(long)(bits & 1);
            if (count < 0)
            {
                index = (int)Math.Min(Buckets, index - count);
                continue;
            }

            if (index >= counts.Length) throw new FormatException("The histogram holds values beyond an hour.");
            counts[index++] += count;
            total += count;
        }

        Total += total;
    }

    /// <summary>
    /// The nearest-rank percentile, in microseconds: the smallest value that so many per cent of all values do not exceed, as the upper end of its bucket. 0 when there are no values.
    /// </summary>
    internal long ValueAt(double percentile)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(percentile * Total / 100));
        long seen = 0;
        for (var index = 0; index < _counts.Length; index++)
        {
            seen += _counts[index];
            if (seen >= rank) return HighestOf(index);
        }

        return 0;
    }

    /// <summary>How many values lie in buckets above that of the limit: right within the width of a bucket.</summary>
    internal long CountOver(long microseconds)
    {
        long over = 0;
        for (var index = IndexOf(Math.Clamp(microseconds, 0, Longest)) + 1; index < _counts.Length; index++) over += _counts[index];
        return over;
    }

    internal byte[] Encode()
    {
        var used = _counts.Length;
        while (used > 0 && _counts[used - 1] == 0) used--;
        var bytes = new byte[HeaderBytes + Math.Max(1, used) * 9];
        var at = HeaderBytes;
        for (var index = 0; index < used;)
        {
            var value = _counts[index++];
            if (value == 0)
            {
                value = -1;
                while (_counts[index] == 0)
                {
                    index++;
                    value--;
                }
            }

            at += WriteVarint(bytes.AsSpan(at), value);
        }

        if (used == 0) at += WriteVarint(bytes.AsSpan(at), 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), at - HeaderBytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), Digits);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(24), Longest);
        BinaryPrimitives.WriteDoubleBigEndian(bytes.AsSpan(32), 1);
        return bytes[..at];
    }

    private static int IndexOf(long value)
    {
        var bucket = 64 - BitOperations.LeadingZeroCount((ulong)value | (SubBuckets - 1)) - SubBucketBits;
        return (bucket << HalfBits) + (int)(value >> bucket);
    }

    private static long HighestOf(int index)
    {
        var bucket = Math.Max(0, (index >> HalfBits) - 1);
        return ((long)(index - (bucket << HalfBits) + 1) << bucket) - 1;
    }

    private static int WriteVarint(Span<byte> to, long value)
    {
        var bits = (ulong)((value << 1) ^ (value >> 63));
        var length = 0;
        while (bits >= 0x80 && length < 8)
        {
            to[length++] = (byte)(bits | 0x80);
            bits >>= 7;
        }

        to[length++] = (byte)bits;
        return length;
    }

    /// <summary>Grows in steps of a power of two of microseconds: most cells never see a minute.</summary>
    private void Reserve(int buckets)
    {
        if (buckets > _counts.Length) Array.Resize(ref _counts, Math.Min(Buckets, (buckets + Half - 1) / Half * Half));
    }
}
