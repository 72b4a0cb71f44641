namespace Slipway.Evaluation;

/// <summary>
/// Measures runs as trec_eval does with <c>-c</c>: over all judged queries, a query without results scoring 0. One difference, told in
/// <see cref="RetrievalEvaluation.QueriesWithoutRelevant"/>: queries without a relevant judgment are left out of the mean, where trec_eval counts them as 0.
/// </summary>
public static class RetrievalEvaluator
{
    /// <summary>Measures a run.</summary>
    /// <param name="judgments">What is relevant. A document without a judgment is not relevant.</param>
    /// <param name="run">What was found.</param>
    /// <param name="measures">What to measure: at least one, none twice, none of <see cref="MeasureKind.Overlap"/>.</param>
    /// <exception cref="ArgumentException">No measure, one twice, or one that needs an exact run instead of judgments.</exception>
    public static RetrievalEvaluation Evaluate(Judgments judgments, Run run, IReadOnlyList<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(judgments);
        ArgumentNullException.ThrowIfNull(run);
        ThrowIfUnfit(measures);
        var queries = new List<QueryEvaluation>(judgments.QueryIds.Count);
        foreach (var id in judgments.QueryIds)
        {
            var ranking = new JudgedRanking(judgments.Of(id), run.Ranked(id));
            if (ranking.Relevant == 0) continue;
            queries.Add(new QueryEvaluation(id, ranking.Relevant, ranking.Retrieved, ranking.RelevantRetrieved, [.. measures.Select(ranking.Value)]));
        }

        return new RetrievalEvaluation
        {
            RunTag = run.Tag,
            Measures = [.. measures.Select((m, i) => new MeasureResult(m, Mean.Of(queries, q => q.Values[i]), queries.Count))],
            Queries = queries,
            JudgedQueries = judgments.QueryIds.Count,
            QueriesWithoutRelevant = judgments.QueryIds.Count - queries.Count,
            QueriesWithoutResults = queries.Count(q => q.Retrieved == 0),
            UnjudgedQueries = run.QueryIds.Count(id => !judgments.Contains(id)),
        };
    }

    private static void ThrowIfUnfit(IReadOnlyList<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        if (measures.Count == 0) throw new ArgumentException("There is no measure.", nameof(measures));
        if (measures.FirstOrDefault(m => m.Kind == MeasureKind.Overlap) is { } overlap)
            throw new ArgumentException($"{overlap} needs an exact run, not judgments.", nameof(measures));
        if (measures.GroupBy(m => m).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} comes twice.", nameof(measures));
    }
}
