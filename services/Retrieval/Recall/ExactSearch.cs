using System.Numerics.Tensors;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Recall;

/// <summary>
/// The truth for recall: compares queries with every stored vector of a generation. Several queries share one pass over the vectors, which are read from the documents store in
/// batches, so that no corpus needs to fit into memory.
/// </summary>
internal sealed class ExactSearch(DocumentStore store)
{
    private const int Batch = 1024;

    /// <summary>Similarities of unit vectors closer than this are equal: float32 sums of some hundred products differ by so much with their order.</summary>
    private const double Tolerance = 1e-5;

    /// <summary>
    /// The recall@k of what an index found for each query: the share of the k nearest stored vectors (all of them, where there are fewer) that are among the first k found. A vector as near as
    /// the k-th counts as well as it. Null for a query when nothing is stored.
    /// </summary>
    public IReadOnlyList<double?> Recall(long generation, IReadOnlyList<ReadOnlyMemory<float>> queries, IReadOnlyList<IReadOnlyList<long>> found, int k, CancellationToken cancellationToken)
    {
        var nearest = queries.Select(_ => new PriorityQueue<long, double>(k)).ToArray();
        var similarities = found.Select(chunks => chunks.Take(k).ToDictionary(chunk => chunk, _ => double.NegativeInfinity)).ToArray();
        long after = 0;
        while (store.ReadVectorBatch(generation, after, Batch) is { Count: > 0 } vectors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (chunk, vector) in vectors)
            {
                for (var i = 0; i < queries.Count; i++)
                {
                    if (vector.Length != queries[i].Length) continue;
                    double similarity = TensorPrimitives.Dot(queries[i].Span, vector);
                    if (similarities[i].ContainsKey(chunk)) similarities[i][chunk] = similarity;
                    if (nearest[i].Count < k) nearest[i].Enqueue(chunk, similarity);
                    else nearest[i].EnqueueDequeue(chunk, similarity);
                }
            }

            after = vectors[^1].Chunk;
        }

        return [.. nearest.Select((queue, i) => RecallOf(queue, similarities[i]))];
    }

    /// <summary>The nearest stored vectors of a query, among those that pass the filter if there is one, best first, with their cosine similarity; equal ones by chunk number.</summary>
    public IReadOnlyList<ScoredChunk> Nearest(long corpus, long generation, ReadOnlyMemory<float> query, int count, MetadataFilter? filter, CancellationToken cancellationToken)
    {
        var nearest = new NearestChunks(count);
        long after = 0;
        while ((filter is null ? store.ReadVectorBatch(generation, after, Batch) : store.ReadMatchingVectors(corpus, generation, filter, after, Batch)) is { Count: > 0 } vectors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (chunk, vector) in vectors)
            {
                if (vector.Length == query.Length) nearest.Offer(chunk, TensorPrimitives.Dot(query.Span, vector));
            }

            after = vectors[^1].Chunk;
        }

        return nearest.Take();
    }

    private static double? RecallOf(PriorityQueue<long, double> nearest, Dictionary<long, double> found)
    {
        if (!nearest.TryPeek(out _, out var last)) return null;
        var hits = found.Values.Count(similarity => similarity >= last - Tolerance);
        return (double)Math.Min(hits, nearest.Count) / nearest.Count;
    }
}
