using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Corpora;

public sealed class RefitTests : IDisposable
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
    public async Task A_corpus_that_has_grown_is_fitted_again_and_the_old_vectors_go()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        var before = host.Corpora.Find("acme")!.Generation!;

        // One more of seven is no growth: it is folded in.
        await host.UpsertAsync(Cancel, Samples.Text("acme", "more", "One more page on canaries, releases and guardrails."));
        await host.SettleAsync("acme", Cancel);
        Assert.Same(before, host.Corpora.Find("acme")!.Generation);
        Assert.Equal(8, await host.Vectors.CountAsync(before.Set, Cancel));

        await host.UpsertAsync(Cancel, Enumerable.Range(0, 20).Select(i => Samples.Text("acme", $"page-{i}", $"Page {i} on releases, caches, quotas and budgets of tenant {i % 3}.")));
        await host.SettleAsync("acme", Cancel);
        await host.VectorsReadyAsync("acme", Cancel);
        var after = host.Corpora.Find("acme")!.Generation!;
        Assert.NotEqual(before.Embedder.Version, after.Embedder.Version);
        Assert.NotEqual(before.Set, after.Set);
        await host.SettleAsync("acme", Cancel);
        Assert.Equal([after.Set], await host.Vectors.ListAsync("slipway:", Cancel));
        Assert.Equal(28, await host.Vectors.CountAsync(after.Set, Cancel));
        Assert.Equal(after.Row.Number, Assert.Single(host.Service<DocumentStore>().ReadGenerations(1)).Number);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "models")));

        // A vector of the old version is not compared with the new ones: the query is embedded again.
        var stale = new SearchRequest { Tenant = "acme", Query = "canaries", EmbeddingsVersion = before.Embedder.Version, Vector = new Vector { Values = { 1, 0, 0 } } };
        var response = await host.Client.SearchAsync(stale, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal(SearchMode.Hybrid, response.Mode);
        Assert.Equal(after.Embedder.Version, response.EmbeddingsVersion);
    }

    [Fact]
    public async Task A_restart_loads_the_embedder_and_keeps_the_vectors()
    {
        Generation before;
        await using (var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString))
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            before = host.Corpora.Find("acme")!.Generation!;
        }

        await using var again = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await again.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(before.Embedder.Version, again.Corpora.Find("acme")!.Generation!.Embedder.Version);
        Assert.Equal(before.Row.Number, again.Corpora.Find("acme")!.Generation!.Row.Number);
        var response = await again.SearchAsync("acme", "token budget", Cancel);
        Assert.Equal(SearchMode.Hybrid, response.Mode);
        Assert.Equal("prompts.md", response.Passages[0].DocumentId);
    }

    [Fact]
    public async Task A_lost_embedder_is_fitted_again()
    {
        // One fit, on the whole corpus: a pause in the upload would else have an earlier one made of a part of it, with another version.
        Generation before;
        await using (var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString, OneFit.Settings))
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await OneFit.ReadyAsync(host, "acme", Cancel);
            before = host.Corpora.Find("acme")!.Generation!;
        }

        foreach (var file in Directory.GetFiles(Path.Combine(_folder.Path, "models"))) await File.WriteAllTextAsync(file, "broken", Cancel);
        await using var again = new RetrievalHost(_folder.Path, _vectors.ConnectionString, OneFit.Settings);
        Assert.Equal("quota.md", (await again.SearchAsync("acme", "request quota every minute", Cancel)).Passages[0].DocumentId);
        await OneFit.ReadyAsync(again, "acme", Cancel);
        var after = again.Corpora.Find("acme")!.Generation!;
        Assert.True(after.Row.Number > before.Row.Number);
        Assert.Equal(before.Embedder.Version, after.Embedder.Version);
        Assert.Equal(SearchMode.Hybrid, (await again.SearchAsync("acme", "request quota every minute", Cancel)).Mode);
    }
}
