using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Tests.Elasticsearch;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Keyword;

/// <summary>What every keyword index does.</summary>
public abstract class KeywordIndexContract : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private IKeywordIndex? _index;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected DocumentStore Store { get; private set; } = null!;

    private protected CorpusRow Corpus { get; private set; } = null!;

    private protected IKeywordIndexes Indexes { get; set; } = null!;

    private protected RetrievalPaths Paths { get; private set; } = null!;

    private IKeywordIndex Index => _index!;

    public virtual async ValueTask InitializeAsync()
    {
        Paths = new RetrievalPaths(_folder.Path);
        Store = new DocumentStore(Paths.Database);
        Corpus = Store.EnsureCorpus(CorpusKey.Of("acme", "")) with { Sequence = 1000 };
        Indexes = await MakeAsync();
        _index = await Indexes.OpenAsync(Corpus, Cancel);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_index is not null) await _index.DisposeAsync();
        Store.Dispose();
        _folder.Dispose();
    }

    private protected abstract ValueTask<IKeywordIndexes> MakeAsync();

    [Fact]
    public async Task What_was_applied_is_found_after_a_refresh_by_stems_names_and_parts_of_names()
    {
        await ApplyAsync(1, Document(1, 1, "Budgets", "The deadlines are in slo.json, which the owners' team keeps."), Document(2, 2, "Other", "Nothing of the kind."));
        Assert.Equal([10], await FindAsync("deadline"));
        Assert.Equal([10], await FindAsync("slo.json"));
        Assert.Equal([10], await FindAsync("json"));
        Assert.Equal([10], await FindAsync("owner"));
        Assert.Equal([10], await FindAsync("BUDGETS"));
        Assert.Empty(await FindAsync("the"));
        Assert.Empty(await FindAsync("   "));
    }

    [Fact]
    public async Task A_query_is_words_and_never_syntax()
    {
        await ApplyAsync(1, Document(1, 1, "", "apples and pears"), Document(2, 2, "", "only pears"));
        Assert.Equal([10, 20], (await FindAsync("title:apples AND -pears")).Order());
        Assert.Equal([10, 20], (await FindAsync("\"pears (apples\" OR [ ~2 * ?")).Order());
        Assert.Empty(await FindAsync("*"));
        Assert.Empty(await FindAsync("app*"));
    }

    [Fact]
    public async Task A_query_of_thousands_of_words_is_answered()
    {
        await ApplyAsync(1, Document(1, 1, "", "needle"));
        Assert.Equal([10], await FindAsync("needle " + string.Join(' ', Enumerable.Range(0, 900).Select(i => $"word{i}.part{i}"))));
    }

    [Fact]
    public async Task A_replaced_document_leaves_no_chunk_behind_and_a_removed_one_none_at_all()
    {
        await ApplyAsync(1, Document(1, 1, "", "alpha one", "alpha two", "alpha three"), Document(2, 2, "", "alpha four"));
        Assert.Equal([10, 11, 12, 20], (await FindAsync("alpha")).Order());
        await ApplyAsync(3, Document(1, 3, "", 13, "alpha five"));
        Assert.Equal([13, 20], (await FindAsync("alpha")).Order());
        await Index.ApplyAsync([], [2, 77], 4, Cancel);
        await Index.RefreshAsync(Cancel);
        Assert.Equal([13], await FindAsync("alpha"));
    }

    [Fact]
    public async Task Documents_replaced_twice_before_a_refresh_are_the_last_ones_and_applying_again_changes_nothing()
    {
        await Index.ApplyAsync([Document(1, 1, "", 10, "alpha one")], [], 1, Cancel);
        await Index.ApplyAsync([Document(1, 2, "", 11, "alpha two")], [], 2, Cancel);
        await Index.ApplyAsync([Document(1, 2, "", 11, "alpha two")], [], 2, Cancel);
        await Index.RefreshAsync(Cancel);
        Assert.Equal([11], await FindAsync("alpha"));
    }

    [Fact]
    public async Task Equal_scores_come_in_the_order_of_the_chunks()
    {
        await ApplyAsync(1, [.. new[] { 9, 3, 7, 1, 5, 11, 2 }.Select(number => Document(number, number, "", "alpha beta"))]);
        Assert.Equal([10, 20, 30, 50, 70, 90, 110], await FindAsync("alpha"));
    }

    [Fact]
    public async Task More_and_rarer_words_and_a_word_in_the_title_score_higher()
    {
        await ApplyAsync(1, Document(1, 1, "", "common rare words here"), Document(2, 2, "", "common words here"), Document(3, 3, "", "common things there"), Document(4, 4, "Common", "words there"));
        var found = await Index.SearchAsync("rare common", 10, null, Cancel);
        Assert.Equal(10, found[0].Chunk);
        Assert.Equal(40, found[1].Chunk);
        Assert.True(found[0].Score > found[1].Score && found[1].Score > found[2].Score);
    }

    [Fact]
    public async Task The_sequence_is_known_after_a_restart_once_it_is_committed()
    {
        await ApplyAsync(5, Document(1, 5, "", "alpha"));
        Assert.Equal(5, Index.Sequence);
        Assert.Equal(5, await Index.CommitAsync(Cancel));
        await Index.DisposeAsync();
        _index = await Indexes.OpenAsync(Corpus, Cancel);
        Assert.Equal(5, Index.Sequence);
        Assert.Equal([10], await FindAsync("alpha"));
        await ApplyAsync(6, Document(2, 6, "", "alpha"));
        Index.Abandon();
        _index = await Indexes.OpenAsync(Corpus, Cancel);
        Assert.Equal(5, Index.Sequence);
        // What may be there without being committed is put in again.
        await ApplyAsync(6, Document(2, 6, "", "alpha"));
        Assert.Equal([10, 20], await FindAsync("alpha"));
    }

    [Fact]
    public async Task An_index_that_is_ahead_of_the_store_is_emptied()
    {
        await ApplyAsync(9, Document(1, 9, "", "alpha"));
        await Index.CommitAsync(Cancel);
        await Index.DisposeAsync();
        _index = await Indexes.OpenAsync(Corpus with { Sequence = 8 }, Cancel);
        Assert.Equal(0, Index.Sequence);
        Assert.Empty(await FindAsync("alpha"));
    }

    [Fact]
    public async Task Filters_agree_with_what_they_mean()
    {
        var drawn = new DrawnMetadata(7);
        var documents = Enumerable.Range(1, 150).Select(number => Document(number, number, "", "alpha") with { Metadata = drawn.Document() }).ToList();
        await ApplyAsync(150, [.. documents]);
        var (some, none) = (0, 0);
        for (var i = 0; i < 300; i++)
        {
            var filter = drawn.Filter();
            var expected = documents.Where(document => filter.Accepts(document.Metadata)).Select(document => document.Chunks[0].Chunk).ToList();
            Assert.Equal(expected, (await Index.SearchAsync("alpha", 1000, filter, Cancel)).Select(hit => hit.Chunk));
            if (expected.Count > 0) some++;
            else none++;
        }

        Assert.True(some > 50 && none > 10, $"{some} filters let something pass, {none} nothing: both are to be tried.");
    }

    [Fact]
    public async Task A_filter_does_not_touch_scores()
    {
        var metadata = new Dictionary<string, IReadOnlyList<string>> { ["year"] = ["2024"] };
        await ApplyAsync(1, Document(1, 1, "", "alpha beta") with { Metadata = metadata }, Document(2, 2, "", "alpha"));
        var filtered = await Index.SearchAsync("alpha", 10, new MetadataFilter([new AnyOfCondition("year", ["2024"])]), Cancel);
        Assert.Equal((await Index.SearchAsync("alpha", 10, null, Cancel)).Single(hit => hit.Chunk == 10), filtered.Single());
    }

    private protected async Task ApplyAsync(long sequence, params IndexedDocument[] documents)
    {
        await Index.ApplyAsync(documents, [], sequence, Cancel);
        await Index.RefreshAsync(Cancel);
    }

    private protected async Task<IEnumerable<long>> FindAsync(string query) => (await Index.SearchAsync(query, 100, null, Cancel)).Select(hit => hit.Chunk);

    /// <summary>A document whose chunks are numbered from ten times its own number.</summary>
    private protected static IndexedDocument Document(long number, long sequence, string title, params string[] texts) => Document(number, sequence, title, number * 10, texts);

    private static IndexedDocument Document(long number, long sequence, string title, long first, params string[] texts) =>
        new(number, sequence, [.. texts.Select((text, i) => new ChunkRow(first + i, title, "", text))], MetadataJson.None);
}

public sealed class LuceneIndexContract : KeywordIndexContract
{
    private protected override ValueTask<IKeywordIndexes> MakeAsync() => ValueTask.FromResult<IKeywordIndexes>(new LuceneIndexes(Store, Paths, new KeywordOptions()));
}

public sealed class ElasticKeywordIndexContract : KeywordIndexContract
{
    private FakeElastic _fake = null!;
    private ElasticSetup _setup = null!;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _setup.Dispose();
        await _fake.DisposeAsync();
    }

    private protected override async ValueTask<IKeywordIndexes> MakeAsync()
    {
        _fake = await FakeElastic.StartAsync("8.15.0");
        _setup = new ElasticSetup(_fake.ConnectionString);
        return new ElasticKeywordIndexes(Store, _setup.Client, _setup.Bulk, new KeywordOptions(), _setup.Options, TimeProvider.System);
    }
}
