using Slipway.Contracts;
using Slipway.Evaluation;
using Slipway.Retrieval.Tests.Support;
using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>Asks judged questions through the service's gRPC endpoint and measures how well their documents are found.</summary>
internal static class JudgedSearch
{
    /// <summary>As many passages as each ranking gives to fusion by default: fusion then sees what it sees for a user, and there are nearly always ten documents in it.</summary>
    private const int Passages = 50;

    public static Measure Recall { get; } = Measure.Recall(10);

    public static Measure Mrr { get; } = Measure.Mrr(10);

    public static Measure Ndcg { get; } = Measure.Ndcg(10);

    /// <summary>
    /// Asks every judged question, writes the figures to the test's output, and holds them against the floors. Each answer must come from the indexes that were asked for.
    /// </summary>
    public static async Task<EvaluationReport> MeasureAsync(
        RetrievalHost host, string tenant, string queries, string judgments, SearchMode mode, CancellationToken cancellationToken, params string[] floors)
    {
        var judged = BeirQrelsFile.Read(judgments);
        var rankings = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var query in BeirQueriesFile.Read(queries).Where(query => judged.Contains(query.Id)))
        {
            var response = await AskAsync(host, tenant, query.Text, mode, cancellationToken);
            // A document has the rank of its best passage.
            rankings.Add(query.Id, [.. response.Passages.Select(passage => passage.DocumentId).Distinct(StringComparer.Ordinal)]);
        }

        var evaluation = RetrievalEvaluator.Evaluate(judged, Run.FromRankings(rankings), [Recall, Mrr, Ndcg]);
        var report = EvaluationReport.Create($"{tenant}, {mode}", evaluation, Floor.ParseAll(floors));
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine(TextReport.Format(report));
        output.WriteLine($"nothing found: {string.Join(' ', evaluation.Queries.Zip(evaluation.ValuesOf(Recall)).Where(pair => pair.Second == 0).Select(pair => pair.First.QueryId))}");
        return report;
    }

    /// <summary>On a busy machine a command of the vector index can be late, and keywords answer: then the index is waited for and asked again.</summary>
    private static async Task<SearchResponse> AskAsync(RetrievalHost host, string tenant, string query, SearchMode mode, CancellationToken cancellationToken)
    {
        while (true)
        {
            var response = await host.SearchAsync(tenant, query, cancellationToken, mode, Passages);
            if (response.DegradedReason.Length == 0)
            {
                Assert.Equal(mode, response.Mode);
                return response;
            }

            await host.VectorsReadyAsync(tenant, cancellationToken).WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        }
    }

    public static double Mean(this EvaluationReport report, Measure measure) => report.Evaluation[measure].Mean!.Value;

    /// <summary>Fails with the report's table unless every floor is reached.</summary>
    public static void AssertPassed(EvaluationReport report) => Assert.True(report.Passed, TextReport.Format(report));
}
