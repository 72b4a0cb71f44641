using Slipway.Retrieval.Chunking;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Ingest;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Documents;

public sealed class CrashTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>What a crash leaves: the store has changes that the keyword index never committed.</summary>
    private void ChangeStoreAlone(params Change[] changes)
    {
        using var store = new DocumentStore(_folder.File("documents.db"));
        store.Apply(changes);
    }

    private static Change Put(string id, string text) => new(
        DefaultCollection.Of("acme"), id, new DocumentPreparer(new ChunkOptions()).Prepare(id, "", text, TextFormat.Plain, MetadataJson.None, DocumentOrigin.Api));

    [Fact]
    public async Task The_keyword_index_catches_up_with_a_store_that_is_ahead()
    {
        await using (var host = new RetrievalHost(_folder.Path, null))
        {
            await host.UpsertAsync(Cancel, Samples.Text("acme", "a", "alpha"), Samples.Text("acme", "b", "beta"), Samples.Text("acme", "c", "gamma"));
        }

        ChangeStoreAlone(Put("d", "delta"), Put("a", "omega"), new Change(DefaultCollection.Of("acme"), "b", null));
        await using var again = new RetrievalHost(_folder.Path, null);
        Assert.Empty((await again.SearchAsync("acme", "alpha", Cancel)).Passages);
        Assert.Empty((await again.SearchAsync("acme", "beta", Cancel)).Passages);
        Assert.Equal("a", Assert.Single((await again.SearchAsync("acme", "omega", Cancel)).Passages).DocumentId);
        Assert.Equal("d", Assert.Single((await again.SearchAsync("acme", "delta", Cancel)).Passages).DocumentId);
        Assert.Equal("c", Assert.Single((await again.SearchAsync("acme", "gamma", Cancel)).Passages).DocumentId);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("garbage")]
    [InlineData("cut")]
    public async Task A_missing_or_damaged_keyword_index_is_built_again(string damage)
    {
        await using (var host = new RetrievalHost(_folder.Path, null))
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
        }

        var index = Path.Combine(_folder.Path, "keyword", "1");
        Assert.NotEmpty(Directory.GetFiles(index));
        if (damage == "missing") Directory.Delete(index, recursive: true);
        else
        {
            foreach (var file in Directory.GetFiles(index).Where(file => !file.EndsWith("write.lock", StringComparison.Ordinal)))
            {
                var bytes = await File.ReadAllBytesAsync(file, Cancel);
                if (damage == "garbage") new Random(1).NextBytes(bytes);
                await File.WriteAllBytesAsync(file, damage == "cut" ? bytes[..(bytes.Length / 2)] : bytes, Cancel);
            }
        }

        await using var again = new RetrievalHost(_folder.Path, null);
        Assert.Equal("models.md", (await again.SearchAsync("acme", "provider by price", Cancel)).Passages[0].DocumentId);
    }

    [Fact]
    public async Task An_index_that_knows_more_than_the_store_is_not_believed()
    {
        await using (var host = new RetrievalHost(_folder.Path, null))
        {
            await host.UpsertAsync(Cancel, Samples.Text("acme", "a", "alpha"));
        }

        var backup = await File.ReadAllBytesAsync(_folder.File("documents.db"), Cancel);
        await using (var host = new RetrievalHost(_folder.Path, null))
        {
            await host.UpsertAsync(Cancel, Samples.Text("acme", "b", "beta"));
        }

        await File.WriteAllBytesAsync(_folder.File("documents.db"), backup, Cancel);
        await using var again = new RetrievalHost(_folder.Path, null);
        Assert.Empty((await again.SearchAsync("acme", "beta", Cancel)).Passages);
        Assert.Single((await again.SearchAsync("acme", "alpha", Cancel)).Passages);
    }

    [Fact]
    public void A_database_of_a_later_version_is_refused()
    {
        var path = _folder.File("documents.db");
        new DocumentStore(path).Dispose();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }

        Assert.Contains("schema version 99", Assert.Throws<InvalidOperationException>(() => new DocumentStore(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_group_leaves_nothing_behind()
    {
        using var store = new DocumentStore(_folder.File("documents.db"));
        var broken = Put("b", "beta") with { Document = Put("b", "beta").Document! with { Title = null! } };
        Assert.ThrowsAny<Exception>(() => store.Apply([Put("a", "alpha"), broken]));
        Assert.Null(store.FindCorpus(DefaultCollection.Of("acme")));
    }

    [Fact]
    public async Task What_the_words_of_a_query_look_like_is_no_syntax()
    {
        await using var index = LuceneIndex.Open(_folder.File("index"), "x", new KeywordOptions());
        var none = new Dictionary<string, IReadOnlyList<string>>();
        await index.ApplyAsync([new IndexedDocument(1, 1, [new ChunkRow(1, "", "", "alpha beta")], none), new IndexedDocument(2, 2, [new ChunkRow(2, "", "", "gamma NOT delta")], none)], [], 2, Cancel);
        await index.RefreshAsync(Cancel);
        foreach (var query in new[] { "alpha AND (", "alpha\"", "+alpha -beta", "alpha~9999999", "alpha^", "body:alpha", "*:* alpha", "[alpha TO", "alpha\\", "/alpha/" })
        {
            Assert.Equal(1, Assert.Single(index.Search(query, 10, null)).Chunk);
        }

        Assert.Empty(index.Search("*:*", 10, null));
        Assert.Empty(index.Search("the of and", 10, null));
        Assert.Empty(index.Search("?!", 10, null));
        Assert.Equal(1, index.Search(string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"w{i}").Prepend("alpha")), 10, null)[0].Chunk);
    }
}
