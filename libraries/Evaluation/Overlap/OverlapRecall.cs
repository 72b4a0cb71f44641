namespace Slipway.Evaluation;

/// <summary>
/// Recall of an approximate nearest-neighbour search against the exact one, without any judgment: |approx_k ∩ exact_k| / min(k, |exact|), the measure of
/// ann-benchmarks (Aumüller, Bernhardsson, Faithfull, Information Systems 87, 2020) but for lists shorter than k. It tells two kinds of loss apart: when it
/// falls, the index got worse; when it stays and <see cref="MeasureKind.Ndcg"/> of the exact run falls, the model (the embeddings) got worse.
/// </summary>
public static class OverlapRecall
{
    /// <summary>The overlap of two rankings.</summary>
    /// <param name="approximate">What the index answered, the best first; ids that come again add nothing.</param>
    /// <param name="exact">The true neighbours, the best first, none twice.</param>
    /// <param name="k">How many of each count, from 1.</param>
    /// <returns>0 to 1; null when there is no exact neighbour.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public static double? Of(IReadOnlyList<string> approximate, IReadOnlyList<string> exact, int k)
    {
        ArgumentNullException.ThrowIfNull(approximate);
        ArgumentNullException.ThrowIfNull(exact);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var (found, neighbours) = Count(approximate, exact, k);
        return neighbours == 0 ? null : (double)found / neighbours;
    }

    /// <summary>The overlap of two runs: the mean over the queries of the exact one.</summary>
    /// <param name="approximate">What the index answered.</param>
    /// <param name="exact">The true neighbours, at least k for each query where there are so many.</param>
    /// <param name="k">How many of each count, 1 to <see cref="Measure.LargestCutoff"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is out of range.</exception>
    public static OverlapEvaluation Evaluate(Run approximate, Run exact, int k)
    {
        ArgumentNullException.ThrowIfNull(approximate);
        ArgumentNullException.ThrowIfNull(exact);
        var measure = Measure.Overlap(k);
        var queries = new List<QueryOverlap>(exact.QueryIds.Count);
        foreach (var id in exact.QueryIds)
        {
            var (found, neighbours) = Count(Ids(approximate.Ranked(id)), Ids(exact.Ranked(id)), k);
            queries.Add(new QueryOverlap(id, neighbours, found));
        }

        return new OverlapEvaluation
        {
            RunTag = approximate.Tag,
            Result = new MeasureResult(measure, Mean.Of(queries, q => q.Recall), queries.Count),
            Queries = queries,
            QueriesWithoutResults = exact.QueryIds.Count(id => approximate.Ranked(id).Count == 0),
            QueriesWithoutExact = approximate.QueryIds.Count(id => exact.Ranked(id).Count == 0),
        };
    }

    private static IEnumerable<string> Ids(IEnumerable<ScoredDocument> ranked) => ranked.Select(d => d.DocumentId);

    private static (int Found, int Neighbours) Count(IEnumerable<string> approximate, IEnumerable<string> exact, int k)
    {
        var truth = exact.Take(k).ToHashSet(StringComparer.Ordinal);
        var neighbours = truth.Count;
        var found = approximate.Take(k).Count(truth.Remove);
        return (found, neighbours);
    }
}
