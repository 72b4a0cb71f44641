using System.Diagnostics;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Search;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>The whole service on Elasticsearch: keywords, vectors, or both.</summary>
public sealed class ElasticServiceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeElastic _fake = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fake = await FakeElastic.StartAsync("8.17.0");

    public async ValueTask DisposeAsync()
    {
        await _fake.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Documents_are_found_by_both_replaced_deleted_and_there_after_a_restart()
    {
        string version;
        await using (var host = Host())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            var found = await host.SearchAsync("acme", "roll back a canary", Cancel);
            Assert.Equal(SearchMode.Hybrid, found.Mode);
            Assert.Empty(found.DegradedReason);
            Assert.Equal("rollback.md", found.Passages[0].DocumentId);
            Assert.True(found.Passages[0] is { KeywordScore: > 0, VectorScore: > 0 });

            await host.UpsertAsync(Cancel, Samples.Markdown("acme", "cache.md", "# The cache\n\nWholly other words about answers and intent."));
            await host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "acme", Id = "rollback.md" }, RetrievalHost.Key, cancellationToken: Cancel);
            await host.SettleAsync("acme", Cancel);
            version = (await AssertAsync(host)).CorpusVersion;
        }

        await using (var host = Host())
        {
            await host.VectorsReadyAsync("acme", Cancel);
            Assert.Equal(version, (await AssertAsync(host)).CorpusVersion);
        }

        // One index of keywords and one of vectors, and nothing in the service's own folder.
        Assert.Equal(2, _fake.IndexNames().Count);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "keyword")));

        async Task<SearchResponse> AssertAsync(RetrievalHost host)
        {
            var rollback = await host.SearchAsync("acme", "roll back a canary", Cancel, limit: 50);
            Assert.Equal(SearchMode.Hybrid, rollback.Mode);
            Assert.DoesNotContain(rollback.Passages, passage => passage.DocumentId == "rollback.md");
            Assert.Equal("cache.md", (await host.SearchAsync("acme", "wholly other words", Cancel, SearchMode.Keyword)).Passages[0].DocumentId);
            Assert.Empty((await host.SearchAsync("acme", "jitter", Cancel, SearchMode.Keyword)).Passages);
            Assert.Equal(5, await host.Vectors.CountAsync(Corpus(host).Generation!.Set, Cancel));
            return rollback;
        }
    }

    [Theory]
    [InlineData(SearchMode.Keyword)]
    [InlineData(SearchMode.Vector)]
    [InlineData(SearchMode.Hybrid)]
    public async Task Metadata_filters_hold_in_every_mode(SearchMode mode)
    {
        await using var host = Host();
        await host.UpsertAsync(Cancel, Samples.Small("acme").Select((document, i) =>
        {
            document.Metadata["year"] = new MetadataValues { Values = { $"{2020 + i}" } };
            return document;
        }));
        await host.VectorsReadyAsync("acme", Cancel);
        var request = new SearchRequest { Tenant = "acme", Query = "the answers of a release, a provider and a cache", Mode = mode, Limit = 20, Filter = new SearchFilter() };
        request.Filter.All.Add(new FilterCondition { Name = "year", Range = new FilterCondition.Types.Range { Gte = "2021", Lt = "2023" } });
        var found = await host.Client.SearchAsync(request, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal(mode, found.Mode);
        Assert.Equal(["cache.md", "quota.md"], found.Passages.Select(passage => passage.DocumentId).Distinct().Order());
    }

    [Fact]
    public async Task While_Elasticsearch_is_away_searches_and_documents_are_turned_away_clearly_and_nothing_that_was_acknowledged_is_lost()
    {
        await using var host = Host();
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);

        await _fake.StopAsync();
        var refused = Assert.Single(await host.UpsertAsync(Cancel, Samples.Text("acme", "late", "A late document about the canary.")));
        Assert.False(refused.Stored);
        Assert.Equal("storage_failed", refused.ErrorCode);
        var error = await Assert.ThrowsAsync<RpcException>(() => host.SearchAsync("acme", "canary", Cancel));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("Neither keyword nor vector search", error.Status.Detail);

        await _fake.StartAsync();
        await RepairedAsync(host);
        Assert.True(Assert.Single(await host.UpsertAsync(Cancel, Samples.Text("acme", "late", "A late document about the canary."))).Stored);
        await host.VectorsReadyAsync("acme", Cancel);
        var found = await host.SearchAsync("acme", "canary", Cancel, limit: 50);
        Assert.Equal(SearchMode.Hybrid, found.Mode);
        Assert.Contains(found.Passages, passage => passage is { DocumentId: "late", KeywordScore: > 0, VectorScore: > 0 });
        Assert.Contains(found.Passages, passage => passage.DocumentId == "rollback.md");
        Assert.Equal(7, Corpus(host).Row.Documents);
    }

    [Fact]
    public async Task While_only_the_keywords_are_away_vectors_answer_alone_and_say_so()
    {
        await using var host = Host(("Slipway:Retrieval:Vectors:Backend", "exact"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        await _fake.StopAsync();
        foreach (var mode in (SearchMode[])[SearchMode.Hybrid, SearchMode.Keyword])
        {
            var found = await host.SearchAsync("acme", "roll back a canary", Cancel, mode);
            Assert.Equal(SearchMode.Vector, found.Mode);
            Assert.Equal(DegradedReason.KeywordUnavailable, found.DegradedReason);
            Assert.Equal("rollback.md", found.Passages[0].DocumentId);
        }

        Assert.Empty((await host.SearchAsync("acme", "roll back a canary", Cancel, SearchMode.Vector)).DegradedReason);
        await _fake.StartAsync();
        await RepairedAsync(host);
        Assert.Empty((await host.SearchAsync("acme", "roll back a canary", Cancel)).DegradedReason);
    }

    [Fact]
    public async Task While_only_the_vectors_are_there_Lucene_answers_alone()
    {
        await using var host = Host(("Slipway:Retrieval:Keyword:Backend", "lucene"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        await _fake.StopAsync();
        var found = await host.SearchAsync("acme", "roll back a canary", Cancel);
        Assert.Equal(SearchMode.Keyword, found.Mode);
        Assert.Equal(DegradedReason.VectorsUnavailable, found.DegradedReason);
        await _fake.StartAsync();
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(SearchMode.Hybrid, (await host.SearchAsync("acme", "roll back a canary", Cancel)).Mode);
    }

    [Fact]
    public async Task Elasticsearch_that_comes_back_without_its_data_is_filled_again()
    {
        await using var host = Host();
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        await _fake.StopAsync();
        await Assert.ThrowsAsync<RpcException>(() => host.SearchAsync("acme", "canary", Cancel));
        _fake.LoseData();
        await _fake.StartAsync();
        // The first search finds that the index is gone.
        while (!Corpus(host).KeywordBroken) await TryAsync(host);
        await RepairedAsync(host);
        await host.VectorsReadyAsync("acme", Cancel);
        var found = await host.SearchAsync("acme", "roll back a canary", Cancel);
        Assert.Equal(SearchMode.Hybrid, found.Mode);
        Assert.True(found.Passages[0] is { DocumentId: "rollback.md", KeywordScore: > 0, VectorScore: > 0 });
        Assert.Equal(7, await host.Vectors.CountAsync(Corpus(host).Generation!.Set, Cancel));
    }

    [Fact]
    public async Task A_service_that_starts_while_Elasticsearch_is_away_finds_it_later()
    {
        await using (var host = Host())
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
        }

        await _fake.StopAsync();
        await using (var host = Host())
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => host.SearchAsync("acme", "canary", Cancel))).StatusCode);
            Assert.False(Assert.Single(await host.UpsertAsync(Cancel, Samples.Text("acme", "late", "late"))).Stored);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
            await _fake.StartAsync();
            await RepairedAsync(host);
            await host.VectorsReadyAsync("acme", Cancel);
            Assert.Equal("rollback.md", (await host.SearchAsync("acme", "roll back a canary", Cancel)).Passages[0].DocumentId);
        }
    }

    [Fact]
    public async Task A_keyword_index_that_hangs_costs_one_search_its_time_limit_and_the_next_ones_nothing()
    {
        await using var host = Host(
            ("Slipway:Retrieval:Vectors:Backend", "exact"), ("Slipway:Retrieval:Elasticsearch:SearchTimeoutMs", "3000"), ("Slipway:Retrieval:Elasticsearch:ProbeMs", "60000"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.VectorsReadyAsync("acme", Cancel);
        Assert.Empty((await host.SearchAsync("acme", "quota per minute", Cancel)).DegradedReason);
        _fake.Fault = request => request.Operation == "_search" ? new FakeFault { Hang = true } : null;
        var watch = Stopwatch.StartNew();
        Assert.Equal(DegradedReason.KeywordUnavailable, (await host.SearchAsync("acme", "quota per minute", Cancel)).DegradedReason);
        Assert.True(watch.Elapsed >= TimeSpan.FromMilliseconds(2990));
        var before = _fake.Requests.Count;
        for (var i = 0; i < 10; i++) Assert.Equal(DegradedReason.KeywordUnavailable, (await host.SearchAsync("acme", "quota per minute", Cancel)).DegradedReason);
        Assert.Equal(before, _fake.Requests.Count);
        // Changes go on: they ask on their own account.
        Assert.True(Assert.Single(await host.UpsertAsync(Cancel, Samples.Text("acme", "late", "A late document."))).Stored);
    }

    [Fact]
    public async Task A_change_that_was_cut_off_in_the_middle_is_made_good_at_once_and_leaves_no_older_chunk()
    {
        await using var host = Host(("Slipway:Retrieval:Vectors:Backend", "exact"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        var cut = 0;
        _fake.Fault = request => request.Operation == "_delete_by_query" && Interlocked.Increment(ref cut) == 1 ? new FakeFault { Cut = true } : null;
        Assert.True(Assert.Single(await host.UpsertAsync(Cancel, Samples.Markdown("acme", "quota.md", "# Quotas\n\nA zebra."))).Stored);
        Assert.Equal(2, cut);
        Assert.Equal("quota.md", Assert.Single((await host.SearchAsync("acme", "zebra", Cancel, SearchMode.Keyword)).Passages).DocumentId);
        Assert.Empty((await host.SearchAsync("acme", "429", Cancel, SearchMode.Keyword)).Passages);
        Assert.Equal(7, _fake.Index(_fake.IndexNames().Single()).Visible.Values.Count(document => document.Source.TryGetProperty("body", out _)));
    }

    [Fact]
    public async Task A_change_that_was_stored_and_turned_away_is_there_when_Elasticsearch_is_back_and_may_be_sent_again()
    {
        await using var host = Host(("Slipway:Retrieval:Vectors:Backend", "exact"));
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        _fake.Fault = request => request.Operation is "_bulk" or "_mapping" ? new FakeFault { Cut = true } : null;
        Assert.False(Assert.Single(await host.UpsertAsync(Cancel, Samples.Markdown("acme", "quota.md", "# Quotas\n\nA zebra."))).Stored);
        _fake.Fault = null;
        await RepairedAsync(host);
        Assert.Equal("quota.md", Assert.Single((await host.SearchAsync("acme", "zebra", Cancel, SearchMode.Keyword)).Passages).DocumentId);
        Assert.True(Assert.Single(await host.UpsertAsync(Cancel, Samples.Markdown("acme", "quota.md", "# Quotas\n\nA zebra."))) is { Stored: true, Unchanged: true });
    }

    [Theory]
    [InlineData("Slipway:Retrieval:Keyword:Backend", "solr", "Keyword:Backend is 'solr'")]
    [InlineData("Slipway:Retrieval:Elasticsearch:Shards", "0", "Shards is 0; it must be between 1 and 1024")]
    [InlineData("Slipway:Retrieval:Elasticsearch:Compatibility", "7", "Compatibility is 7; it must be 0, 8 or 9")]
    [InlineData("Slipway:Retrieval:Elasticsearch:ApiKey", "a2V5", "give one of them")]
    [InlineData("Slipway:Retrieval:Elasticsearch:CertificateFingerprint", "ab", "64 hexadecimal digits")]
    [InlineData("Slipway:Retrieval:Vectors:BuildEf", "5000", "BuildEf (with the backend elasticsearch) is 5000; it must be between 10 and 3200")]
    [InlineData("ConnectionStrings:elasticsearch", "localhost:9200", "is not an address")]
    [InlineData("ConnectionStrings:elasticsearch", "", "is not set")]
    public void A_wrong_setting_stops_the_start_and_is_named(string key, string value, string message)
    {
        var error = Assert.ThrowsAny<Exception>(() => Host((key, value)));
        Assert.Contains(message, error.ToString());
        Assert.DoesNotContain(FakeElastic.Password, error.ToString());
    }

    private static Corpus Corpus(RetrievalHost host) => host.Corpora.Find(CorpusKey.Of("acme", ""))!;

    /// <summary>What the committer does every two seconds, until the keyword index is there again.</summary>
    private static async Task RepairedAsync(RetrievalHost host)
    {
        while (true)
        {
            try
            {
                await host.Corpora.CommitAsync(Cancel);
                if (!Corpus(host).KeywordBroken)
                {
                    await Corpus(host).Keyword.SearchAsync("anything", 1, null, Cancel);
                    return;
                }
            }
            catch (KeywordIndexException)
            {
                // Within the pause after a failure.
            }

            await Task.Yield();
        }
    }

    private static async Task TryAsync(RetrievalHost host)
    {
        try
        {
            await host.SearchAsync("acme", "canary", Cancel);
        }
        catch (RpcException)
        {
            // As long as neither can be had.
        }
    }

    private RetrievalHost Host(params (string Key, string Value)[] settings) => new(
        _folder.Path,
        null,
        [
            ("ConnectionStrings:elasticsearch", _fake.ConnectionString),
            ("Slipway:Retrieval:Vectors:Backend", "elasticsearch"),
            ("Slipway:Retrieval:Keyword:Backend", "elasticsearch"),
            ("Slipway:Retrieval:Elasticsearch:SearchTimeoutMs", "5000"),
            ("Slipway:Retrieval:Elasticsearch:ProbeMs", "20"),
            .. settings,
        ]);
}
