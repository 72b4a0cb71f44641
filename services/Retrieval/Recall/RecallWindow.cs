using System.Buffers.Binary;

namespace Slipway.Retrieval.Recall;

/// <summary>The newest samples of a corpus: so many, and not older than so long. Not safe for use by several threads at once.</summary>
internal sealed class RecallWindow(int capacity, TimeSpan age)
{
    /// <summary>A sample as it is stored: milliseconds since 1970 (8 bytes), recall (8 bytes), little-endian.</summary>
    private const int Stored = 16;

    private readonly Queue<(DateTimeOffset At, double Recall)> _samples = new();
    private double _sum;

    public void Add(DateTimeOffset now, double recall)
    {
        _samples.Enqueue((now, recall));
        _sum += recall;
        if (_samples.Count > capacity) Forget();
    }

    public void Clear()
    {
        _samples.Clear();
        _sum = 0;
    }

    /// <summary>What the samples that still count say.</summary>
    public RecallEstimate Estimate(DateTimeOffset now)
    {
        while (_samples.TryPeek(out var oldest) && now - oldest.At > age) Forget();
        return RecallEstimate.From(_samples.Count, _sum);
    }

    public byte[] Save()
    {
        var bytes = new byte[_samples.Count * Stored];
        var at = 0;
        foreach (var (time, recall) in _samples)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), time.ToUnixTimeMilliseconds());
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(at + 8), recall);
            at += Stored;
        }

        return bytes;
    }

    /// <summary>Takes up samples that were saved. What is no sample is left out.</summary>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= Stored; bytes = bytes[Stored..])
        {
            var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            var recall = BinaryPrimitives.ReadDoubleLittleEndian(bytes[8..]);
            if (milliseconds is >= 0 and < 253_402_300_800_000 && recall is >= 0 and <= 1) Add(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), recall);
        }
    }

    private void Forget()
    {
        _sum -= _samples.Dequeue().Recall;
        // What is left of a sum of doubles after many subtractions must not pile up.
        if (_samples.Count == 0) _sum = 0;
    }
}
