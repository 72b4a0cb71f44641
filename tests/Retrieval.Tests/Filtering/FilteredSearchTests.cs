using Slipway.Contracts;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Filtering;

public sealed class FilteredSearchTests : IDisposable
{
    private static readonly string[] Kinds = ["guide", "faq", "note"];
    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    /// <summary>The same questions whichever way the vector half goes: few enough to compare one by one, or by asking the index for more.</summary>
    [Theory]
    [InlineData(5000)]
    [InlineData(0)]
    public async Task Every_mode_finds_exactly_the_documents_whose_metadata_pass(int exactFilterChunks)
    {
        var documents = Draw(120);
        await using var host = new RetrievalHost(
            _folder.Path, _vectors.ConnectionString, ("Slipway:Retrieval:Search:ExactFilterChunks", exactFilterChunks.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await host.UpsertAsync(Cancel, documents);
        await host.VectorsReadyAsync("acme", Cancel);

        foreach (var (filter, accepts) in Filters())
        {
            var expected = documents.Where(document => accepts.Accepts(document.Metadata.ToDictionary(field => field.Key, field => (IReadOnlyList<string>)field.Value.Values)))
                .Select(document => document.Id).Order(StringComparer.Ordinal).ToList();
            foreach (var mode in (SearchMode[])[SearchMode.Keyword, SearchMode.Vector, SearchMode.Hybrid, SearchMode.Exact])
            {
                var found = await host.Client.SearchAsync(
                    new SearchRequest { Tenant = "acme", Query = "the harbour and the tide", Mode = mode, Limit = 100, Window = 200, Filter = filter }, RetrievalHost.Key, cancellationToken: Cancel);
                Assert.Equal((mode, ""), (found.Mode, found.DegradedReason));
                Assert.Equal(expected.Take(100), found.Passages.Select(passage => passage.DocumentId).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_changed_document_is_filtered_by_what_it_is_now_also_after_a_restart()
    {
        await using (var host = new RetrievalHost(_folder.Path, null))
        {
            await host.UpsertAsync(Cancel, With(Samples.Text("acme", "a", "harbour"), ("kind", "guide")), With(Samples.Text("acme", "b", "harbour"), ("kind", "guide")));
            await host.UpsertAsync(Cancel, With(Samples.Text("acme", "a", "harbour"), ("kind", "faq")));
            Assert.Equal(["b"], await FindAsync(host));
        }

        Directory.Delete(_folder.File("keyword"), recursive: true);
        await using var again = new RetrievalHost(_folder.Path, null);
        Assert.Equal(["b"], await FindAsync(again));

        static async Task<IEnumerable<string>> FindAsync(RetrievalHost host) => (await host.Client.SearchAsync(
            new SearchRequest { Tenant = "acme", Query = "harbour", Mode = SearchMode.Keyword, Filter = AnyOf("kind", "guide") }, RetrievalHost.Key, cancellationToken: Cancel))
            .Passages.Select(passage => passage.DocumentId);
    }

    [Fact]
    public async Task A_value_too_long_for_a_term_is_still_found()
    {
        var value = new string('v', 4096);
        await using var host = new RetrievalHost(_folder.Path, null);
        await host.UpsertAsync(Cancel, With(Samples.Text("acme", "a", "harbour"), ("kind", value)), With(Samples.Text("acme", "b", "harbour"), ("kind", value[..^1])));
        var found = await host.Client.SearchAsync(
            new SearchRequest { Tenant = "acme", Query = "harbour", Mode = SearchMode.Keyword, Filter = AnyOf("kind", value) }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal("a", Assert.Single(found.Passages).DocumentId);
    }

    private static IEnumerable<(SearchFilter Filter, MetadataFilter Accepts)> Filters()
    {
        yield return (AnyOf("kind", "faq"), new MetadataFilter([new AnyOfCondition("kind", ["faq"])]));
        yield return (AnyOf("kind", "faq", "note"), new MetadataFilter([new AnyOfCondition("kind", ["faq", "note"])]));
        yield return (AnyOf("kind", "nothing"), new MetadataFilter([new AnyOfCondition("kind", ["nothing"])]));
        yield return (AnyOf("unheard-of", "faq"), new MetadataFilter([new AnyOfCondition("unheard-of", ["faq"])]));
        yield return (Range("year", range => (range.Gte, range.Lt) = ("2005", "2010")), new MetadataFilter([new RangeCondition("year", 2005, true, 2010, false)]));
        yield return (Range("year", range => (range.Gt, range.Lte) = ("2005", "2010")), new MetadataFilter([new RangeCondition("year", 2005, false, 2010, true)]));
        yield return (Range("changed", range => range.Gt = "2024-03-01T00:00:00Z"), new MetadataFilter([new RangeCondition("changed", MetadataNumber.Of("2024-03-01"), false, null, false)]));
        // Tags have several values, of which one that passes is enough.
        yield return (AnyOf("tags", "red"), new MetadataFilter([new AnyOfCondition("tags", ["red"])]));
        var both = AnyOf("tags", "red", "blue");
        both.All.Add(Range("year", range => range.Gte = "2008").All);
        yield return (both, new MetadataFilter([new AnyOfCondition("tags", ["red", "blue"]), new RangeCondition("year", 2008, true, null, false)]));
    }

    private static UpsertDocumentRequest[] Draw(int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var document = Samples.Text("acme", $"d{i:000}", $"The harbour is quiet at low tide in year {i % 17}; boat {i % 5} waits for the tide beside pier {i % 3}.");
            if (i % 7 != 0) document = With(document, ("kind", Kinds[random.Next(3)]));
            if (i % 5 != 0) document = With(document, ("year", (2000 + random.Next(15)).ToString(System.Globalization.CultureInfo.InvariantCulture)));
            if (i % 3 == 0) document = With(document, ("changed", $"2024-0{random.Next(1, 7)}-15"));
            if (i % 2 == 0) document.Metadata["tags"] = new MetadataValues { Values = { random.Next(2) == 0 ? "red" : "green", random.Next(2) == 0 ? "blue" : "grey" } };
            return document;
        })];
    }

    private static UpsertDocumentRequest With(UpsertDocumentRequest document, (string Name, string Value) field)
    {
        document.Metadata[field.Name] = new MetadataValues { Values = { field.Value } };
        return document;
    }

    private static SearchFilter AnyOf(string name, params string[] values) =>
        new() { All = { new FilterCondition { Name = name, AnyOf = new FilterCondition.Types.AnyOf { Values = { values } } } } };

    private static SearchFilter Range(string name, Action<FilterCondition.Types.Range> set)
    {
        var range = new FilterCondition.Types.Range();
        set(range);
        return new SearchFilter { All = { new FilterCondition { Name = name, Range = range } } };
    }
}
