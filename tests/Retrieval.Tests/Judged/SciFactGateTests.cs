using Slipway.Contracts;
using Slipway.Evaluation;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Judged;

/// <summary>
/// SciFact's test claims (allenai/scifact in BEIR's form) against published figures: BM25 reaches an nDCG@10 of 0.679 (Anserini, flat) and 0.665 (multifield).
/// </summary>
[Trait("Category", "Slow")]
public sealed class SciFactGateTests : IDisposable
{
    private const string Tenant = "scifact";

    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new("256m");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Keyword_search_reaches_the_published_figures_and_hybrid_search_is_no_worse()
    {
        var folder = Repository.SharedData("scifact");
        Assert.SkipWhen(folder is null, "../shared/data/scifact is not there: SciFact in BEIR's form (corpus.jsonl, queries.jsonl, qrels/test.tsv).");
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString, OneFit.Settings);
        var results = await host.UpsertAsync(
            Cancel,
            BeirCorpusFile.Read(Path.Combine(folder!, "corpus.jsonl")).Select(document => Samples.Text(Tenant, document.Id, document.Text, document.Title)));
        Assert.Equal(5183, results.Count(result => result.Stored));
        await OneFit.ReadyAsync(host, Tenant, Cancel);

        var keyword = await MeasureAsync(host, folder!, SearchMode.Keyword, "ndcg@10 >= 0.665");
        var hybrid = await MeasureAsync(host, folder!, SearchMode.Hybrid);
        Assert.Equal(300, keyword.Evaluation.Queries.Count);
        JudgedSearch.AssertPassed(keyword);
        var (least, ndcg) = (keyword.Mean(JudgedSearch.Ndcg), hybrid.Mean(JudgedSearch.Ndcg));
        Assert.True(ndcg >= least, $"nDCG@10 of hybrid search is {ndcg:F4}, below that of keyword search, {least:F4}.");
    }

    private static Task<EvaluationReport> MeasureAsync(RetrievalHost host, string folder, SearchMode mode, params string[] floors) =>
        JudgedSearch.MeasureAsync(host, Tenant, Path.Combine(folder, "queries.jsonl"), Path.Combine(folder, "qrels", "test.tsv"), mode, Cancel, floors);
}
