using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Endpoint;

/// <summary>Documents that are within their limits, and as much as these let them be.</summary>
public sealed class LargeDocumentTests : IDisposable
{
    private const int Sections = 100_000;

    private readonly TempFolder _folder = new();
    private readonly ExactVectorIndex _index = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_document_of_a_hundred_thousand_sections_is_stored_found_replaced_and_deleted()
    {
        await using var host = Start();

        var stored = Assert.Single(await host.UpsertAsync(Cancel, Samples.Markdown("acme", "large", Text("first", Sections))));

        Assert.True(stored.Stored, stored.ErrorMessage);
        Assert.InRange(stored.Chunks, 5_000, 25_000);
        await HoldsAsync(host, stored.Chunks);
        Assert.Contains("first77777", (await FindAsync(host, "first77777")).Text, StringComparison.Ordinal);

        var replaced = Assert.Single(await host.UpsertAsync(Cancel, Samples.Markdown("acme", "large", Text("second", Sections))));

        await HoldsAsync(host, replaced.Chunks);
        Assert.Contains("second77777", (await FindAsync(host, "second77777")).Text, StringComparison.Ordinal);
        Assert.Empty((await host.SearchAsync("acme", "first77777", Cancel, SearchMode.Keyword)).Passages);

        await host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "acme", Id = "large" }, RetrievalHost.Key, cancellationToken: Cancel);

        await HoldsAsync(host, 0);
        Assert.Empty((await host.SearchAsync("acme", "second77777", Cancel, SearchMode.Keyword)).Passages);
    }

    [Fact]
    public async Task Metadata_that_would_be_indexed_a_million_times_are_refused_and_the_documents_beside_are_kept()
    {
        await using var host = Start();
        var wide = Samples.Markdown("acme", "wide", Text("wide", 10_000));
        for (var i = 0; i < 64; i++) wide.Metadata.Add($"name{i}", new MetadataValues { Values = { Enumerable.Range(0, 64).Select(value => $"value{value}") } });

        var results = await host.UpsertAsync(Cancel, Samples.Text("acme", "before", "a small one"), wide, Samples.Text("acme", "after", "another small one"));

        Assert.Equal([true, false, true], results.Select(result => result.Stored));
        Assert.Equal(("too_much_metadata", "metadata"), (results[1].ErrorCode, results[1].ErrorParam));
        Assert.Matches("^the document has [0-9]+ passages and 4096 values of metadata; passages times values may be at most 1000000.$", results[1].ErrorMessage);
        Assert.Equal(2, host.Corpora.Find("acme")!.Row.Documents);
    }

    /// <summary>With an embedder of few dimensions: fitting a large one on so many passages takes longer than all the rest.</summary>
    private RetrievalHost Start() => new(
        _folder.Path, null, services => services.AddSingleton<IVectorIndex>(_index), ("Slipway:Retrieval:Embedding:Lsa:Rank", "8"), ("Slipway:Retrieval:Embedding:Lsa:Oversampling", "8"));

    /// <summary>The store, and in the end the vector index, hold so many chunks.</summary>
    private async Task HoldsAsync(RetrievalHost host, int chunks)
    {
        var corpus = host.Corpora.Find("acme")!;
        Assert.Equal(chunks, corpus.Row.Chunks);
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(chunks, await _index.CountAsync(corpus.Generation!.Set, Cancel));
    }

    private static async Task<Passage> FindAsync(RetrievalHost host, string word) => Assert.Single((await host.SearchAsync("acme", word, Cancel, SearchMode.Keyword)).Passages);

    private static string Text(string word, int sections) => string.Concat(Enumerable.Range(0, sections).Select(i => $"{new string('#', 1 + (i % 6))} {word}{i}\nabout w{i * 7919 % 5000} q{i % 977}.\n"));
}
