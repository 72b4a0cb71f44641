using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests;

public sealed class SearchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_stored_document_is_found_by_keyword_at_once_and_by_both_indexes_soon_after()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        var results = await host.UpsertAsync(Cancel, Samples.Small("acme"));
        Assert.All(results, result => Assert.True(result.Stored));
        var keyword = await host.SearchAsync("acme", "how do canaries roll back", Cancel, SearchMode.Keyword);
        Assert.Equal("rollback.md", keyword.Passages[0].DocumentId);
        Assert.Equal(SearchMode.Keyword, keyword.Mode);
        Assert.Empty(keyword.DegradedReason);

        await host.VectorsReadyAsync("acme", Cancel);
        var hybrid = await host.SearchAsync("acme", "how do canaries roll back", Cancel);
        Assert.Equal(SearchMode.Hybrid, hybrid.Mode);
        Assert.Empty(hybrid.DegradedReason);
        Assert.Equal("rollback.md", hybrid.Passages[0].DocumentId);
        Assert.Equal("Rolling back a release > Canaries", hybrid.Passages[0].Heading);
        Assert.Equal("rollback.md#1", hybrid.Passages[0].ChunkId);
        Assert.True(hybrid.Passages[0].VectorScore is > 0 and <= 1);
        Assert.True(hybrid.Passages[0].KeywordScore > 0);
        Assert.NotEmpty(hybrid.EmbeddingsVersion);
        Assert.Equal(results[^1].CorpusVersion, hybrid.CorpusVersion);
    }
}
