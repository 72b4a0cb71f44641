using System.Diagnostics;
using Slipway.Contracts;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Retrieval.Vectors;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Vectors;

public sealed class FallbackTests : IDisposable
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
    public async Task When_vectors_dies_keywords_answer_and_when_it_returns_empty_it_is_filled_again()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);

        _vectors.Stop();
        var degraded = await host.SearchAsync("acme", "roll back a canary", Cancel);
        Assert.Equal(SearchMode.Keyword, degraded.Mode);
        Assert.True(degraded.DegradedReason is DegradedReason.VectorsUnavailable or DegradedReason.VectorsTimeout);
        Assert.Equal("rollback.md", degraded.Passages[0].DocumentId);
        Assert.Equal(0, degraded.Passages[0].VectorScore);

        // Stored while the index was away: brought there when it is back.
        await host.UpsertAsync(Cancel, Samples.Text("acme", "late", "The canary embedding of a late document about releases."));
        _vectors.Start();
        await host.VectorsReadyAsync("acme", Cancel);
        var healed = await host.SearchAsync("acme", "roll back a canary", Cancel, limit: 20);
        Assert.Equal(SearchMode.Hybrid, healed.Mode);
        Assert.Empty(healed.DegradedReason);
        Assert.Contains(healed.Passages, passage => passage is { DocumentId: "late", VectorScore: > 0 });
        Assert.Equal(8, await CountAsync(host));
    }

    [Fact]
    public async Task When_vectors_hangs_a_search_pays_the_time_limit_and_the_next_ones_nothing()
    {
        using var valve = new Valve(_vectors.Port);
        await using var host = new RetrievalHost(_folder.Path, VectorsServer.ConnectionStringAt(valve.Port), ("Slipway:Retrieval:Vectors:TimeoutMs", "400"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "quota per minute", Cancel)).Mode);

        valve.Shut();
        var watch = Stopwatch.StartNew();
        Assert.True(host.Link.IsAvailable);
        // 400 ms without an answer are more than the 300 ms of silence that an index is allowed.
        var late = await host.SearchAsync("acme", "quota per minute", Cancel);
        Assert.Equal(DegradedReason.VectorsTimeout, late.DegradedReason);
        Assert.Equal("quota.md", late.Passages[0].DocumentId);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(390));
        Assert.False(host.Link.IsAvailable);
        var epoch = host.Link.Epoch;

        watch.Restart();
        for (var i = 0; i < 10; i++) Assert.Equal(DegradedReason.VectorsTimeout, (await host.SearchAsync("acme", "quota per minute", Cancel)).DegradedReason);
        Assert.True(watch.Elapsed < TimeSpan.FromMilliseconds(10 * 400), $"{watch.Elapsed}");

        valve.Open();
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "quota per minute", Cancel)).Mode);
        // It was slow, not lost: nothing had to be verified.
        Assert.Equal(epoch, host.Link.Epoch);
    }

    [Fact]
    public async Task A_burst_of_late_searches_does_not_give_the_index_up_while_others_are_answered()
    {
        // A silence that no machine is slow enough for.
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString, ("Slipway:Retrieval:Vectors:SilenceMs", "60000"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "quota per minute", Cancel)).Mode);

        for (var i = 0; i < 10; i++) host.Link.ReportFailure(VectorFault.Timeout);

        Assert.True(host.Link.IsAvailable);
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "quota per minute", Cancel)).Mode);
    }

    [Fact]
    public async Task Vectors_that_were_never_there_leave_a_healthy_service_of_keywords()
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.SettleAsync("acme", Cancel);
        var response = await host.SearchAsync("acme", "token budget", Cancel);
        Assert.Equal(SearchMode.Keyword, response.Mode);
        Assert.Equal(DegradedReason.VectorsUnavailable, response.DegradedReason);
        Assert.Equal("prompts.md", response.Passages[0].DocumentId);
        using var http = host.CreateClient();
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Cancel));
    }

    [Fact]
    public async Task A_set_that_lost_and_kept_the_wrong_chunks_is_made_right()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        var corpus = host.Corpora.Find("acme")!;
        var set = corpus.Generation!.Set;
        var index = host.Vectors;
        await index.RemoveAsync(set, [1, 2], Cancel);
        var stray = new float[corpus.Generation.Embedder.Dimensions];
        stray[0] = 1;
        await index.AddAsync(set, [new(900, stray), new(901, stray)], Cancel);

        // The count is right, the chunks are not: only a new epoch makes the indexer look at each.
        host.Link.ReportFailure(VectorFault.Unavailable);
        await host.VectorsReadyAsync("acme", Cancel);
        await host.SettleAsync("acme", Cancel);
        Assert.Empty(await index.FindMissingAsync(set, [1, 2, 3, 4, 5, 6, 7], Cancel));
        Assert.Equal([900, 901], await index.FindMissingAsync(set, [900, 901], Cancel));
        Assert.Equal(7, await CountAsync(host));
    }

    [Fact]
    public async Task Replaced_and_deleted_documents_leave_the_vector_index()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(7, await CountAsync(host));

        await host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "acme", Id = "rollback.md" }, RetrievalHost.Key, cancellationToken: Cancel);
        await host.UpsertAsync(Cancel, Samples.Markdown("acme", "cache.md", "# The cache\n\nWholly other words about answers and intent."));
        await host.SettleAsync("acme", Cancel);
        Assert.Equal(5, await CountAsync(host));
        var response = await host.SearchAsync("acme", "roll back a canary", Cancel, limit: 50);
        Assert.DoesNotContain(response.Passages, passage => passage.DocumentId == "rollback.md");
    }

    [Fact]
    public async Task A_caller_in_a_hurry_gets_keywords_and_the_index_is_not_blamed()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        var searcher = host.Service<Searcher>();
        var past = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(5);
        var result = await searcher.SearchAsync(new SearchQuery(DefaultCollection.Of("acme"), "quota", 5, 0, 50, RetrievalMode.Hybrid, Deadline: past), Cancel);
        Assert.Equal(DegradedReason.VectorsTimeout, result.DegradedReason);
        Assert.True(host.Link.IsAvailable);
    }

    private static Task<long> CountAsync(RetrievalHost host) => host.Vectors.CountAsync(host.Corpora.Find("acme")!.Generation!.Set, Cancel);
}
