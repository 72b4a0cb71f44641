using System.Numerics.Tensors;

namespace Slipway.Cache.Intents.Shelves;

/// <summary>The newest intents of one scope, at most <see cref="Capacity"/>; the oldest makes way. Compared one by one: 2,000 vectors of 256 numbers take about 0.1 ms.</summary>
internal sealed class IntentShelf(int capacity = IntentShelf.Capacity)
{
    /// <summary>How many intents a scope keeps.</summary>
    internal const int Capacity = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<Intent> _intents = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private long _bytes;

    internal int Count
    {
        get
        {
            lock (_gate) return _intents.Count;
        }
    }

    /// <summary>What its intents count for, in bytes.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    internal bool Knows(string id)
    {
        lock (_gate) return _ids.Contains(id);
    }

    /// <summary>Adds an intent, once.</summary>
    internal void Add(Intent intent)
    {
        lock (_gate)
        {
            if (!_ids.Add(intent.Id)) return;
            _intents.Enqueue(intent);
            _bytes += intent.Size;
            while (_intents.Count > capacity) DropOldest();
        }
    }

    /// <summary>Its answer is gone: it is not found any more.</summary>
    internal void Forget(Intent intent)
    {
        lock (_gate)
        {
            if (_ids.Contains(intent.Id)) _gone.Add(intent.Id);
        }
    }

    /// <summary>The intents that are near enough, nearest first.</summary>
    /// <param name="direction">The question's vector, of length 1.</param>
    /// <param name="threshold">The least cosine similarity.</param>
    /// <param name="now">What has expired by then is left out.</param>
    internal IReadOnlyList<(Intent Intent, double Similarity)> Nearest(float[] direction, double threshold, DateTimeOffset now)
    {
        List<(Intent Intent, double Similarity)> near = [];
        lock (_gate)
        {
            while (_intents.TryPeek(out var oldest) && oldest.ExpiresAt <= now) DropOldest();
            foreach (var intent in _intents)
            {
                if (intent.Direction.Length != direction.Length || intent.ExpiresAt <= now || _gone.Contains(intent.Id)) continue;
                var similarity = (double)TensorPrimitives.Dot(intent.Direction, direction);
                if (similarity >= threshold) near.Add((intent, similarity));
            }
        }

        near.Sort(static (one, other) => other.Similarity.CompareTo(one.Similarity));
        return near;
    }

    private void DropOldest()
    {
        var oldest = _intents.Dequeue();
        _bytes -= oldest.Size;
        _ids.Remove(oldest.Id);
        _gone.Remove(oldest.Id);
    }
}
