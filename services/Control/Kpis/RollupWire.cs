using System.Buffers.Binary;
using System.Text;

namespace Slipway.Control.Kpis;

/// <summary>
/// Adds a stored <c>Rollup</c> (Protos/rollup.proto) to a sum straight from its bytes (https://protobuf.dev/programming-guides/encoding/). A question about a day by tenants reads some thousand of
/// them with a dozen histograms each: as messages they would be copied once more, with an object for each.
/// </summary>
internal static class RollupWire
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    /// <exception cref="FormatException">The bytes are cut off or are no such message.</exception>
    internal static void AddTo(RollupSum sum, ReadOnlySpan<byte> rollup)
    {
        var counters = sum.Counters;
        while (rollup.Length > 0)
        {
            var tag = ReadVarint(ref rollup);
            var field = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint:
                    AddCounter(counters, field, (long)ReadVarint(ref rollup));
                    break;
                case Fixed64:
                    var number = BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(Take(ref rollup, 8)));
                    if (field == Rollup.CostUsdFieldNumber) counters.CostUsd += number;
                    else if (field == Rollup.ConfidenceSumFieldNumber) counters.ConfidenceSum += number;
                    break;
                case Bytes:
                    var part = ReadBytes(ref rollup);
                    if (field == Rollup.LatenciesFieldNumber) AddLatency(sum, part);
                    else if (field == Rollup.FailuresFieldNumber) AddCount(counters.Failures, part);
                    else if (field == Rollup.FailureCodesFieldNumber) AddCount(counters.FailureCodes, part);
                    else if (field == Rollup.DegradationsFieldNumber) AddCount(counters.Degradations, part);
                    break;
                case var wire:
                    Skip(ref rollup, wire);
                    break;
            }
        }
    }

    private static void AddCounter(Rollup counters, int field, long value)
    {
        switch (field)
        {
            case Rollup.RequestsFieldNumber: counters.Requests += value; break;
            case Rollup.PromptTokensFieldNumber: counters.PromptTokens += value; break;
            case Rollup.CompletionTokensFieldNumber: counters.CompletionTokens += value; break;
            case Rollup.CachedPromptTokensFieldNumber: counters.CachedPromptTokens += value; break;
            case Rollup.CacheMissFieldNumber: counters.CacheMiss += value; break;
            case Rollup.CacheRetrievalFieldNumber: counters.CacheRetrieval += value; break;
            case Rollup.CacheOutputFieldNumber: counters.CacheOutput += value; break;
            case Rollup.DegradedFieldNumber: counters.Degraded += value; break;
            case Rollup.ReviewsFieldNumber: counters.Reviews += value; break;
            case Rollup.StreamsFieldNumber: counters.Streams += value; break;
            case Rollup.DroppedFieldNumber: counters.Dropped += value; break;
            case Rollup.ConfidenceCountFieldNumber: counters.ConfidenceCount += value; break;
        }
    }

    /// <summary>An entry of a map of counts: field 1 the name, field 2 the count.</summary>
    private static void AddCount(IDictionary<string, long> counts, ReadOnlySpan<byte> entry)
    {
        var (name, count) = ("", 0L);
        while (entry.Length > 0)
        {
            var tag = ReadVarint(ref entry);
            if (tag == (1 << 3 | Bytes)) name = Encoding.UTF8.GetString(ReadBytes(ref entry));
            else if (tag == (2 << 3 | Varint)) count = (long)ReadVarint(ref entry);
            else Skip(ref entry, (int)(tag & 7));
        }

        KpiCell.Count(counts, name, count);
    }

    /// <summary>An entry of the map of latencies: field 1 the name, field 2 a <c>LatencyData</c>.</summary>
    private static void AddLatency(RollupSum sum, ReadOnlySpan<byte> entry)
    {
        ReadOnlySpan<byte> name = [], data = [];
        while (entry.Length > 0)
        {
            var tag = ReadVarint(ref entry);
            if (tag == (1 << 3 | Bytes)) name = ReadBytes(ref entry);
            else if (tag == (2 << 3 | Bytes)) data = ReadBytes(ref entry);
            else Skip(ref entry, (int)(tag & 7));
        }

        // Names of stages come from records, where they are cut at 64 characters.
        Span<char> chars = stackalloc char[256];
        var latency = name.Length <= chars.Length ? sum.Latency(chars[..Encoding.UTF8.GetChars(name, chars)]) : sum.Latency(Encoding.UTF8.GetString(name));
        while (data.Length > 0)
        {
            var tag = ReadVarint(ref data);
            if (tag == (1 << 3 | Bytes))
            {
                var values = ReadBytes(ref data);
                while (values.Length > 0) latency.Record((long)ReadVarint(ref values));
            }
            else if (tag == (1 << 3 | Varint))
            {
                latency.Record((long)ReadVarint(ref data));
            }
            else if (tag == (2 << 3 | Bytes))
            {
                if (ReadBytes(ref data) is { Length: > 0 } histogram) latency.AddEncoded(histogram);
            }
            else
            {
                Skip(ref data, (int)(tag & 7));
            }
        }
    }

    private static ulong ReadVarint(scoped ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var (i, shift) = (0, 0); i < from.Length && shift < 64; shift += 7)
        {
            var part = from[i++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part >= 0x80) continue;
            from = from[i..];
            return value;
        }

        throw CutOff();
    }

    private static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> from) => ReadVarint(ref from) is var length && length <= (ulong)from.Length ? Take(ref from, (int)length) : throw CutOff();

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> from, int length)
    {
        if (length > from.Length) throw CutOff();
        var taken = from[..length];
        from = from[length..];
        return taken;
    }

    /// <summary>Fields of a later version.</summary>
    private static void Skip(scoped ref ReadOnlySpan<byte> from, int wire)
    {
        switch (wire)
        {
            case Varint: ReadVarint(ref from); break;
            case Fixed64: Take(ref from, 8); break;
            case Bytes: ReadBytes(ref from); break;
            case Fixed32: Take(ref from, 4); break;
            default: throw CutOff();
        }
    }

    private static FormatException CutOff() => new("The roll-up is cut off, or is none.");
}
