namespace Slipway.Retrieval.Tests.Judged;

/// <summary>
/// Measures of one ranking as trec_eval defines them: nDCG with linear gain and log2(rank + 1), recall and the reciprocal rank over documents with a grade of 1 or more.
/// A ranking without documents scores 0.
/// </summary>
internal static class RankingMeasures
{
    public static double Ndcg(IReadOnlyList<string> ranking, IReadOnlyDictionary<string, int> grades, int depth)
    {
        var ideal = Gain(grades.Values.OrderDescending(), depth);
        return ideal == 0 ? 0 : Gain(ranking.Select(document => grades.GetValueOrDefault(document)), depth) / ideal;
    }

    public static double Recall(IReadOnlyList<string> ranking, IReadOnlyDictionary<string, int> grades, int depth)
    {
        var relevant = grades.Values.Count(grade => grade > 0);
        return relevant == 0 ? 0 : ranking.Take(depth).Count(document => grades.GetValueOrDefault(document) > 0) / (double)relevant;
    }

    public static double ReciprocalRank(IReadOnlyList<string> ranking, IReadOnlyDictionary<string, int> grades, int depth)
    {
        for (var i = 0; i < Math.Min(depth, ranking.Count); i++)
        {
            if (grades.GetValueOrDefault(ranking[i]) > 0) return 1.0 / (i + 1);
        }

        return 0;
    }

    private static double Gain(IEnumerable<int> grades, int depth) => grades.Take(depth).Select((grade, i) => grade / Math.Log2(i + 2)).Sum();
}
