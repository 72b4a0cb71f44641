namespace Slipway.Evaluation;

/// <summary>
/// Compares two runs query by query: queries differ far more from each other than systems do, and only the differences on the same query tell.
/// The interval is the percentile bootstrap of the mean difference (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; for retrieval
/// Sakai, Evaluating evaluation metrics based on the bootstrap, SIGIR 2006).
/// </summary>
public static class PairedComparison
{
    /// <summary>Compares the values of a measure.</summary>
    /// <param name="baseline">What there was.</param>
    /// <param name="candidate">What shall come, measured on the same judgments.</param>
    /// <param name="measure">A measure of both.</param>
    /// <param name="options">Confidence, resamples, seed; null: the defaults.</param>
    /// <exception cref="ArgumentException">The evaluations are not of the same queries, or an option is out of range (all are named).</exception>
    /// <exception cref="KeyNotFoundException">One of the evaluations lacks the measure.</exception>
    public static RunComparison Compare(RetrievalEvaluation baseline, RetrievalEvaluation candidate, Measure measure, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(measure);
        options ??= new ComparisonOptions();
        options.ThrowIfInvalid();
        var queries = Pair(baseline, candidate, measure);
        var (low, high) = Interval(queries, options);
        var wins = queries.Count(q => q.Difference > options.TieTolerance);
        var losses = queries.Count(q => q.Difference < -options.TieTolerance);
        return new RunComparison
        {
            Measure = measure,
            Queries = queries,
            MeanDifference = Mean.Of(queries, q => q.Difference),
            Low = low,
            High = high,
            Confidence = options.Confidence,
            Wins = wins,
            Losses = losses,
            Ties = queries.Count - wins - losses,
        };
    }

    private static List<QueryDifference> Pair(RetrievalEvaluation baseline, RetrievalEvaluation candidate, Measure measure)
    {
        var (before, after) = (baseline.ValuesOf(measure), candidate.ValuesOf(measure));
        var alone = baseline.Queries.Select(q => q.QueryId).ToHashSet(StringComparer.Ordinal);
        alone.SymmetricExceptWith(candidate.Queries.Select(q => q.QueryId));
        if (alone.Count > 0)
        {
            var named = string.Join(", ", alone.Order(StringComparer.Ordinal).Take(5).Select(id => $"'{Quoted.Short(id)}'"));
            throw new ArgumentException($"{alone.Count} queries are in one evaluation only ({named}): measure both runs on the same judgments.", nameof(candidate));
        }

        return [.. baseline.Queries.Select((q, i) => new QueryDifference(q.QueryId, before[i], after[i]))];
    }

    private static (double? Low, double? High) Interval(List<QueryDifference> queries, ComparisonOptions options)
    {
        if (queries.Count < 2) return (null, null);
        var differences = queries.ConvertAll(q => q.Difference);
        var random = new Random(options.Seed);
        var means = new double[options.Resamples];
        for (var i = 0; i < means.Length; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < differences.Count; j++) sum += differences[random.Next(differences.Count)];
            means[i] = sum / differences.Count;
        }

        Array.Sort(means);
        // Outwards to the next drawn mean: the interval is never narrower than its confidence says.
        var tail = (1 - options.Confidence) / 2 * (means.Length - 1);
        return (means[(int)Math.Floor(tail)], means[means.Length - 1 - (int)Math.Floor(tail)]);
    }
}
