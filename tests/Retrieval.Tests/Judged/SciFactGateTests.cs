using System.Text.Json;
using Slipway.Contracts;
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
    private const double Floor = 0.665;

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
        var claims = JudgedQuestions.Read(Path.Combine(folder!, "queries.jsonl"), Path.Combine(folder!, "qrels", "test.tsv"));
        Assert.Equal(300, claims.Count);
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString, OneFit.Settings);
        var results = await host.UpsertAsync(Cancel, ReadDocuments(Path.Combine(folder!, "corpus.jsonl")));
        Assert.Equal(5183, results.Count(result => result.Stored));
        await OneFit.ReadyAsync(host, Tenant, Cancel);

        var keyword = await RetrievalFigures.MeasureAsync(host, Tenant, claims, SearchMode.Keyword, Cancel);
        var hybrid = await RetrievalFigures.MeasureAsync(host, Tenant, claims, SearchMode.Hybrid, Cancel);
        Assert.True(keyword.Ndcg >= Floor, $"keyword nDCG@10 is {keyword.Ndcg:F4}, below {Floor}.");
        Assert.True(hybrid.Ndcg >= keyword.Ndcg, $"hybrid nDCG@10 is {hybrid.Ndcg:F4}, below that of keyword search, {keyword.Ndcg:F4}.");
    }

    private static IEnumerable<UpsertDocumentRequest> ReadDocuments(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(line);
            var document = json.RootElement;
            yield return Samples.Text(Tenant, document.GetProperty("_id").GetString()!, document.GetProperty("text").GetString()!, document.GetProperty("title").GetString()!);
        }
    }
}
