using Grpc.Core;
using Microsoft.Data.Sqlite;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Corpora;

public sealed class CollectionTests : IDisposable
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
    public async Task Nothing_of_one_collection_or_tenant_is_found_in_another_by_any_mode()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        (string Tenant, string Collection)[] corpora = [("acme", ""), ("acme", "faq"), ("acme", "notes"), ("globex", ""), ("globex", "faq")];
        foreach (var (tenant, collection) in corpora)
        {
            // The same ids everywhere, and the name of the owner in every text.
            await host.UpsertAsync(Cancel, Samples.Small(tenant).Select(document =>
            {
                document.Collection = collection;
                document.Text += $"\n\nOwned by {tenant} {collection}.";
                return document;
            }));
            await host.Corpora.Ensure(CorpusKey.Of(tenant, collection)).Indexer.SettleAsync(Cancel);
        }

        foreach (var (tenant, collection) in corpora)
        {
            foreach (var mode in (SearchMode[])[SearchMode.Hybrid, SearchMode.Keyword, SearchMode.Vector, SearchMode.Exact])
            {
                var found = await SearchAsync(host, tenant, collection, "how do canaries roll back", mode);
                Assert.Equal((mode, ""), (found.Mode, found.DegradedReason));
                Assert.NotEmpty(found.Passages);
                Assert.All(found.Passages.Where(passage => passage.Text.Contains("Owned by", StringComparison.Ordinal)), passage =>
                    Assert.EndsWith($"Owned by {tenant} {collection}.", passage.Text, StringComparison.Ordinal));
            }
        }

        await host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "acme", Collection = "faq", Id = "rollback.md" }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.DoesNotContain((await SearchAsync(host, "acme", "faq", "canaries roll back", SearchMode.Keyword)).Passages, passage => passage.DocumentId == "rollback.md");
        Assert.Equal("rollback.md", (await SearchAsync(host, "acme", "", "canaries roll back", SearchMode.Keyword)).Passages[0].DocumentId);
        Assert.Equal("rollback.md", (await SearchAsync(host, "globex", "faq", "canaries roll back", SearchMode.Keyword)).Passages[0].DocumentId);
    }

    [Fact]
    public async Task No_name_and_default_are_the_same_collection()
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        await host.UpsertAsync(Cancel, Samples.Text("acme", "a", "alpha"));
        Assert.Single((await SearchAsync(host, "acme", "default", "alpha", SearchMode.Keyword)).Passages);
        var described = await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal("default", Assert.Single(described.Indexes).Collection);
    }

    [Fact]
    public async Task A_deleted_collection_is_gone_from_both_indexes_and_its_versions_do_not_return()
    {
        await using var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        await host.UpsertAsync(Cancel, [.. Samples.Small("acme").Select(document => In(document, "faq")), Samples.Text("acme", "kept", "kept")]);
        var (corpus, indexer) = host.Corpora.Ensure(new CorpusKey("acme", "faq"));
        await indexer.SettleAsync(Cancel);

        var deleted = await host.Client.DeleteCollectionAsync(new DeleteCollectionRequest { Tenant = "acme", Collection = "faq" }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal(6, deleted.Documents);
        await indexer.SettleAsync(Cancel);
        Assert.Equal(0, await host.Vectors.CountAsync(corpus.Generation!.Set, Cancel));
        Assert.Empty((await SearchAsync(host, "acme", "faq", "canaries", SearchMode.Keyword)).Passages);
        Assert.Single((await SearchAsync(host, "acme", "", "kept", SearchMode.Keyword)).Passages);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await host.Client.DeleteCollectionAsync(new DeleteCollectionRequest { Tenant = "acme", Collection = "faq" }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal(("collection_not_found", "collection"), (ServiceError.From(error)!.Code, ServiceError.From(error)!.Param));
        var again = await host.UpsertAsync(Cancel, In(Samples.Text("acme", "a", "alpha"), "faq"));
        Assert.True(Sequence(again[0].CorpusVersion) > Sequence(deleted.CorpusVersion));

        static long Sequence(string version) => long.Parse(version[(version.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_tenant_has_no_more_collections_than_the_limit()
    {
        await using var host = new RetrievalHost(_folder.Path, null, ("Slipway:Retrieval:MostCollections", "2"));
        var results = await host.UpsertAsync(
            Cancel, In(Samples.Text("acme", "a", "alpha"), "one"), In(Samples.Text("globex", "a", "alpha"), "elsewhere"));
        Assert.All(results, result => Assert.True(result.Stored));
        results = await host.UpsertAsync(Cancel, In(Samples.Text("acme", "a", "alpha"), "two"));
        Assert.True(results[0].Stored);
        results = await host.UpsertAsync(Cancel, In(Samples.Text("acme", "a", "alpha"), "three"), In(Samples.Text("acme", "b", "beta"), "two"));
        Assert.Equal((false, "too_many_collections", "collection"), (results[0].Stored, results[0].ErrorCode, results[0].ErrorParam));
        Assert.Contains('2', results[0].ErrorMessage);
        Assert.True(results[1].Stored);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a\n")]
    [InlineData("../a")]
    public async Task A_wrong_name_is_refused_by_field(string collection)
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        var error = await Assert.ThrowsAsync<RpcException>(() => SearchAsync(host, "acme", collection, "alpha", SearchMode.Keyword));
        Assert.Equal((StatusCode.InvalidArgument, "collection"), (error.StatusCode, ServiceError.From(error)!.Param));
        var stored = await host.UpsertAsync(Cancel, In(Samples.Text("acme", "a", "alpha"), collection));
        Assert.Equal((false, "collection"), (stored[0].Stored, stored[0].ErrorParam));
    }

    [Fact]
    public async Task Documents_from_before_there_were_collections_are_in_the_default_one_and_can_be_filtered()
    {
        var path = _folder.File("documents.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = string.Join('\n', Schema.Steps.Take(2)) + """
                INSERT INTO meta VALUES ('database_id', 'abcdef01');
                INSERT INTO corpora (tenant, seq, documents, chunks) VALUES ('acme', 7, 1, 1);
                INSERT INTO documents (corpus, id, origin, seq, hash, content_type, chunks, title, metadata, text) VALUES (1, 'old', 0, 7, x'00', 1, 1, 'Old', '{"year":"2001"}', 'harbour');
                INSERT INTO chunks (corpus, doc, ordinal, "start", "end", heading, text) VALUES (1, 1, 0, 0, 7, '', 'harbour');
                PRAGMA user_version=2;
                """;
            command.ExecuteNonQuery();
        }

        await using var host = new RetrievalHost(_folder.Path, null);
        var filter = new SearchFilter { All = { new FilterCondition { Name = "year", Range = new FilterCondition.Types.Range { Lt = "2002" } } } };
        var found = await host.Client.SearchAsync(
            new SearchRequest { Tenant = "acme", Query = "harbour", Filter = filter, IncludeMetadata = true }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal("old", Assert.Single(found.Passages).DocumentId);
        Assert.Equal(["2001"], found.Passages[0].Metadata["year"].Values);
        Assert.Equal("abcdef01-7", found.CorpusVersion);
        using var store = new DocumentStore(path);
        Assert.Equal(1, store.CountMatching(1, new Retrieval.Filtering.MetadataFilter([new Retrieval.Filtering.AnyOfCondition("year", ["2001"])]), 10));
    }

    private static UpsertDocumentRequest In(UpsertDocumentRequest document, string collection)
    {
        document.Collection = collection;
        return document;
    }

    private static async Task<SearchResponse> SearchAsync(RetrievalHost host, string tenant, string collection, string query, SearchMode mode) => await host.Client.SearchAsync(
        new SearchRequest { Tenant = tenant, Collection = collection, Query = query, Mode = mode, Limit = 20 }, RetrievalHost.Key, cancellationToken: Cancel);
}
