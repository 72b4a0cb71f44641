using Slipway.Contracts;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Search;

public sealed class PagingTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(SearchMode.Keyword)]
    [InlineData(SearchMode.Vector)]
    [InlineData(SearchMode.Hybrid)]
    public async Task Pages_put_together_are_the_whole_ranking(SearchMode mode)
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Enumerable.Range(0, 90).Select(i => Samples.Text(
            "acme", $"d{i}", $"{string.Join(' ', Enumerable.Repeat("harbour", 1 + (i % 9)))} tide {string.Join(' ', Enumerable.Repeat("boat", i % 7))} pier{i % 11}")));
        await host.VectorsReadyAsync("acme", Cancel);

        var whole = await PageAsync(0, 100, 100);
        var pages = new List<string>();
        for (var offset = 0; ; offset += 13)
        {
            var page = await PageAsync(offset, 13, 100);
            pages.AddRange(page.Passages.Select(passage => passage.ChunkId));
            if (!page.More) break;
            Assert.Equal(13, page.Passages.Count);
        }

        Assert.False(whole.More);
        Assert.Equal(90, whole.Passages.Count);
        Assert.Equal(whole.Passages.Select(passage => passage.ChunkId), pages);

        async Task<SearchResponse> PageAsync(int offset, int limit, int window) => await host.Client.SearchAsync(
            new SearchRequest { Tenant = "acme", Query = "harbour tide boat", Mode = mode, Offset = offset, Limit = limit, Window = window }, RetrievalHost.Key, cancellationToken: Cancel);
    }

    [Theory]
    [InlineData("Indexes and indexing of slo.json: index it.", "indexing", "Indexes|indexing|index")]
    [InlineData("See slo.json here.", "the JSON file", "json")]
    [InlineData("See slo.json here.", "slo.json", "slo.json")]
    [InlineData("A \ud83d\ude00 harbour, the tenant's harbours.", "harbour tenant", "harbour|tenant's|harbours")]
    [InlineData("Nothing of it.", "the of and", "")]
    [InlineData("", "harbour", "")]
    public void Words_of_the_query_are_found_where_they_stand(string text, string query, string expected) =>
        Assert.Equal(expected, string.Join('|', new Highlighter(query).Find(text).Select(span => text[span.Start..span.End])));

    [Fact]
    public async Task Highlights_are_given_when_they_are_asked_for_and_point_into_the_document()
    {
        const string Text = "First words.\n\nThe harbour is quiet at low tide.";
        await using var host = new RetrievalHost(_folder.Path, null);
        await host.UpsertAsync(Cancel, Samples.Text("acme", "a", Text));
        var found = await host.Client.SearchAsync(new SearchRequest { Tenant = "acme", Query = "harbours", Highlight = true }, RetrievalHost.Key, cancellationToken: Cancel);
        var passage = Assert.Single(found.Passages);
        var span = Assert.Single(passage.Highlights);
        Assert.Equal("harbour", passage.Text[span.Start..span.End]);
        Assert.Equal("harbour", Text[(passage.Start + span.Start)..(passage.Start + span.End)]);
        Assert.Empty((await host.SearchAsync("acme", "harbours", Cancel)).Passages[0].Highlights);
    }
}
