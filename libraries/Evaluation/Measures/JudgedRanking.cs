namespace Slipway.Evaluation;

/// <summary>The ranking of one query as grades: what was found, in order, and what an ideal ranking would have found.</summary>
internal sealed class JudgedRanking
{
    private readonly int[] _found;
    private readonly int[] _ideal;

    /// <param name="grades">The grades of the judged documents; below 0 counts as 0.</param>
    /// <param name="ranked">The results, the best first; what is not judged counts as 0.</param>
    public JudgedRanking(IReadOnlyDictionary<string, int> grades, IReadOnlyList<ScoredDocument> ranked)
    {
        _found = new int[ranked.Count];
        for (var i = 0; i < _found.Length; i++) _found[i] = Math.Max(0, grades.GetValueOrDefault(ranked[i].DocumentId));
        _ideal = [.. grades.Values.Where(g => g > 0).OrderDescending()];
        RelevantRetrieved = _found.Count(g => g > 0);
    }

    public int Relevant => _ideal.Length;

    public int Retrieved => _found.Length;

    public int RelevantRetrieved { get; }

    /// <summary>The value of a measure; there must be a relevant document.</summary>
    public double Value(Measure measure)
    {
        var first = _found.AsSpan(0, Math.Min(_found.Length, measure.Cutoff ?? int.MaxValue));
        return measure.Kind switch
        {
            MeasureKind.Recall => (double)CountRelevant(first) / Relevant,
            MeasureKind.Precision => (double)CountRelevant(first) / measure.Cutoff!.Value,
            MeasureKind.ReciprocalRank => ReciprocalRank(first),
            MeasureKind.AveragePrecision => AveragePrecision(first),
            MeasureKind.Ndcg => Ndcg(first, measure.Cutoff),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure.Name, "Not a measure of judgments."),
        };
    }

    private static int CountRelevant(ReadOnlySpan<int> grades)
    {
        var count = 0;
        foreach (var grade in grades) count += grade > 0 ? 1 : 0;
        return count;
    }

    private static double ReciprocalRank(ReadOnlySpan<int> grades)
    {
        var index = grades.IndexOfAnyExcept(0);
        return index < 0 ? 0 : 1.0 / (index + 1);
    }

    // Divided by all relevant documents, at a cut as well: trec_eval does not take min(k, relevant).
    private double AveragePrecision(ReadOnlySpan<int> grades)
    {
        var (sum, seen) = (0.0, 0);
        for (var i = 0; i < grades.Length; i++)
        {
            if (grades[i] > 0) sum += (double)++seen / (i + 1);
        }

        return Math.Min(1, sum / Relevant);
    }

    private double Ndcg(ReadOnlySpan<int> grades, int? cutoff)
    {
        var ideal = Gain(_ideal.AsSpan(0, Math.Min(_ideal.Length, cutoff ?? int.MaxValue)));
        return Math.Min(1, Gain(grades) / ideal);
    }

    private static double Gain(ReadOnlySpan<int> grades)
    {
        var sum = 0.0;
        for (var i = 0; i < grades.Length; i++)
        {
            if (grades[i] > 0) sum += grades[i] / Math.Log2(i + 2);
        }

        return sum;
    }
}
