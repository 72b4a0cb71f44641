using System.Globalization;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>How well a search mode finds the judged documents: means over all questions, at rank 10.</summary>
internal sealed record RetrievalFigures(SearchMode Mode, int Questions, double Recall, double Mrr, double Ndcg, IReadOnlyList<string> Missed)
{
    private const int Depth = 10;

    /// <summary>As many passages as each ranking gives to fusion by default: fusion then sees what it sees for a user, and there are nearly always ten documents in it.</summary>
    private const int Passages = 50;

    /// <summary>Asks every question through the service's gRPC endpoint. A document has the rank of its best passage.</summary>
    public static async Task<RetrievalFigures> MeasureAsync(
        RetrievalHost host, string tenant, IReadOnlyList<JudgedQuestion> questions, SearchMode mode, CancellationToken cancellationToken)
    {
        double recall = 0, mrr = 0, ndcg = 0;
        var missed = new List<string>();
        foreach (var question in questions)
        {
            var response = await host.SearchAsync(tenant, question.Text, cancellationToken, mode, Passages);
            Assert.Equal(mode, response.Mode);
            Assert.Empty(response.DegradedReason);
            var ranking = response.Passages.Select(passage => passage.DocumentId).Distinct(StringComparer.Ordinal).ToList();
            var found = RankingMeasures.Recall(ranking, question.Grades, Depth);
            if (found == 0) missed.Add(question.Id);
            recall += found;
            mrr += RankingMeasures.ReciprocalRank(ranking, question.Grades, Depth);
            ndcg += RankingMeasures.Ndcg(ranking, question.Grades, Depth);
        }

        var figures = new RetrievalFigures(mode, questions.Count, recall / questions.Count, mrr / questions.Count, ndcg / questions.Count, missed);
        TestContext.Current.TestOutputHelper!.WriteLine(figures.ToString());
        return figures;
    }

    /// <summary>The line of the test output.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mode,-7} {Questions} questions  recall@10 {Recall:F4}  MRR@10 {Mrr:F4}  nDCG@10 {Ndcg:F4}  nothing found: {(Missed.Count == 0 ? "-" : string.Join(' ', Missed))}");
}
