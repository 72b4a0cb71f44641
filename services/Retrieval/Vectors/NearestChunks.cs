using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Vectors;

/// <summary>Keeps the nearest of the chunks that are offered. Of equally near ones the smaller number is the nearer: whatever order they come in, the result is the same.</summary>
/// <param name="count">How many are kept: 1 and more.</param>
internal sealed class NearestChunks(int count)
{
    private readonly PriorityQueue<long, (double Similarity, long Order)> _kept = new(count);

    public void Offer(long chunk, double similarity)
    {
        if (_kept.Count < count) _kept.Enqueue(chunk, (similarity, -chunk));
        else _kept.EnqueueDequeue(chunk, (similarity, -chunk));
    }

    /// <summary>What was kept, best first, with the cosine similarity. Nothing is kept afterwards.</summary>
    public IReadOnlyList<ScoredChunk> Take()
    {
        var found = new ScoredChunk[_kept.Count];
        for (var i = found.Length - 1; i >= 0; i--)
        {
            _kept.TryDequeue(out var chunk, out var order);
            found[i] = new ScoredChunk(chunk, Math.Clamp(order.Similarity, -1, 1));
        }

        return found;
    }
}
