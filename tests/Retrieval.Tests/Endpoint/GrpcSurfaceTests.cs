using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Endpoint;

public sealed class GrpcSurfaceTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new();
    private RetrievalHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _host = new RetrievalHost(_folder.Path, _vectors.ConnectionString);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Whoever_lacks_the_internal_key_is_nobody()
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.SearchAsync(new SearchRequest { Tenant = "a", Query = "b" }, cancellationToken: Cancel));
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
    }

    public static TheoryData<string, SearchRequest> BadSearches => new()
    {
        { "tenant", new SearchRequest { Query = "q" } },
        { "tenant", new SearchRequest { Tenant = "a\nb", Query = "q" } },
        { "tenant", new SearchRequest { Tenant = new string('t', 129), Query = "q" } },
        { "query", new SearchRequest { Tenant = "a" } },
        { "query", new SearchRequest { Tenant = "a", Query = " \n\t" } },
        { "query", new SearchRequest { Tenant = "a", Query = new string('q', 8193) } },
        { "limit", new SearchRequest { Tenant = "a", Query = "q", Limit = -1 } },
        { "limit", new SearchRequest { Tenant = "a", Query = "q", Limit = 101 } },
        { "mode", new SearchRequest { Tenant = "a", Query = "q", Mode = (SearchMode)9 } },
        { "window", new SearchRequest { Tenant = "a", Query = "q", Window = 1001 } },
        { "offset", new SearchRequest { Tenant = "a", Query = "q", Offset = -1 } },
        { "offset", new SearchRequest { Tenant = "a", Query = "q", Offset = 43 } },
        { "offset", new SearchRequest { Tenant = "a", Query = "q", Offset = int.MaxValue, Limit = 100, Window = 1000 } },
        { "filter", new SearchRequest { Tenant = "a", Query = "q", Filter = new SearchFilter() } },
        { "filter", new SearchRequest { Tenant = "a", Query = "q", Filter = new SearchFilter { All = { Enumerable.Range(0, 17).Select(_ => new FilterCondition { Name = "n" }) } } } },
        { "filter.n", With(new FilterCondition { Name = "n" }) },
        { "filter.n", With(new FilterCondition { Name = "n", AnyOf = new FilterCondition.Types.AnyOf() }) },
        { "filter.n", With(new FilterCondition { Name = "n", Range = new FilterCondition.Types.Range() }) },
        { "filter.n", With(new FilterCondition { Name = "n", Range = new FilterCondition.Types.Range { Gt = "1", Gte = "2" } }) },
        { "filter.n", With(new FilterCondition { Name = "n", Range = new FilterCondition.Types.Range { Gt = "yesterday" } }) },
        { "vector", new SearchRequest { Tenant = "a", Query = "q", Vector = new Vector { Values = { float.NaN } } } },
    };

    private static SearchRequest With(FilterCondition condition) => new() { Tenant = "a", Query = "q", Filter = new SearchFilter { All = { condition } } };

    [Theory]
    [MemberData(nameof(BadSearches))]
    public async Task A_wrong_search_is_refused_by_field(string field, SearchRequest request)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.SearchAsync(request, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        var error = ServiceError.From(exception)!;
        Assert.Equal(field, error.Param);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_embeds_are_refused_by_field()
    {
        foreach (var request in new[] { new EmbedRequest { Tenant = "a" }, Texts(257, "x"), Texts(1, new string('x', 32_769)) })
        {
            var exception = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.EmbedAsync(request, RetrievalHost.Key, cancellationToken: Cancel));
            Assert.Equal("texts", ServiceError.From(exception)!.Param);
        }

        static EmbedRequest Texts(int count, string text) => new() { Tenant = "a", Texts = { Enumerable.Repeat(text, count) } };
    }

    [Fact]
    public async Task Wrong_documents_get_their_results_and_the_stream_goes_on()
    {
        var documents = new (string? Param, UpsertDocumentRequest Request)[]
        {
            (null, Samples.Text("a", "good-1", "first good one")),
            ("tenant", Samples.Text("", "x", "text")),
            ("id", Samples.Text("a", "", "text")),
            ("id", Samples.Text("a", new string('i', 257), "text")),
            ("id", Samples.Text("a", "tab\tbed", "text")),
            ("text", Samples.Text("a", "empty", "")),
            ("text", Samples.Text("a", "blank", " \n ")),
            ("text", Samples.Text("a", "binary", "PNG\0\0\u0001")),
            ("text", Samples.Text("a", "large", new string('x', (4 * 1024 * 1024) + 1))),
            ("text", Samples.Text("a", "large-utf8", new string('ä', (2 * 1024 * 1024) + 1))),
            ("title", Samples.Text("a", "title", "text", new string('t', 1025))),
            ("content_type", new UpsertDocumentRequest { Tenant = "a", Id = "type", Text = "text", ContentType = (ContentType)7 }),
            ("metadata", new UpsertDocumentRequest { Tenant = "a", Id = "meta", Text = "text", Metadata = { { "", new MetadataValues { Values = { "v" } } } } }),
            (null, Samples.Text("a", "large-enough", new string('x', 4 * 1024 * 1024))),
            (null, Samples.Text("a", "good-2", "second good one")),
        };
        for (var i = 0; i < documents.Length; i++) documents[i].Request.Line = i + 1;
        var results = await _host.UpsertAsync(Cancel, documents.Select(document => document.Request));
        Assert.Equal(documents.Select(document => document.Request.Line), results.Select(result => result.Line));
        for (var i = 0; i < documents.Length; i++)
        {
            Assert.Equal(documents[i].Param is null, results[i].Stored);
            Assert.Equal(documents[i].Param ?? "", results[i].ErrorParam);
            Assert.Equal(documents[i].Param is null, results[i].ErrorCode.Length == 0);
            Assert.Equal(documents[i].Param is null, results[i].ErrorMessage.Length == 0);
            Assert.Equal(documents[i].Request.Id, results[i].Id);
        }

        Assert.Equal(2, (await _host.SearchAsync("a", "good", Cancel)).Passages.Count);
    }

    [Fact]
    public async Task An_unchanged_document_is_acknowledged_without_a_change()
    {
        var first = Assert.Single(await _host.UpsertAsync(Cancel, Samples.Text("a", "x", "some words")));
        var second = Assert.Single(await _host.UpsertAsync(Cancel, Samples.Text("a", "x", "some words")));
        Assert.True(second is { Stored: true, Unchanged: true, Chunks: 1 });
        Assert.Equal(first.CorpusVersion, second.CorpusVersion);
        var third = Assert.Single(await _host.UpsertAsync(Cancel, Samples.Text("a", "x", "some words", "A title")));
        Assert.False(third.Unchanged);
        Assert.NotEqual(first.CorpusVersion, third.CorpusVersion);
        Assert.Matches("^[0-9a-f]{8}-2$", third.CorpusVersion);
    }

    [Fact]
    public async Task The_last_of_duplicates_in_one_stream_stays()
    {
        await _host.UpsertAsync(Cancel, Enumerable.Range(0, 50).Select(i => Samples.Text("a", "same", $"version{i} of the document")));
        Assert.Single((await _host.SearchAsync("a", "document", Cancel)).Passages);
        Assert.Single((await _host.SearchAsync("a", "version49", Cancel)).Passages);
        Assert.Equal(1, _host.Corpora.Find("a")!.Row.Documents);
        Assert.Equal(1, _host.Corpora.Find("a")!.Row.Chunks);
    }

    [Fact]
    public async Task Tenants_never_see_each_others_documents_in_any_mode()
    {
        await _host.UpsertAsync(Cancel, Samples.Small("acme"));
        await _host.UpsertAsync(Cancel, Samples.Small("globex").Append(Samples.Text("globex", "secret", "The secret canary budget of globex")));
        await _host.VectorsReadyAsync("acme", Cancel);
        await _host.VectorsReadyAsync("globex", Cancel);
        foreach (var mode in new[] { SearchMode.Hybrid, SearchMode.Keyword, SearchMode.Vector })
        {
            var response = await _host.SearchAsync("acme", "secret canary budget of globex", Cancel, mode, 100);
            Assert.Equal(mode, response.Mode);
            Assert.DoesNotContain(response.Passages, passage => passage.DocumentId == "secret" || passage.Text.Contains("globex", StringComparison.Ordinal));
            Assert.Contains((await _host.SearchAsync("globex", "secret canary budget of globex", Cancel, mode, 100)).Passages, passage => passage.DocumentId == "secret");
        }

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.DeleteDocumentAsync(
            new DeleteDocumentRequest { Tenant = "acme", Id = "secret" }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal("document_not_found", ServiceError.From(exception)!.Code);
    }

    [Fact]
    public async Task A_tenant_without_documents_finds_nothing_and_is_not_made_by_asking()
    {
        var response = await _host.SearchAsync("nobody", "anything", Cancel);
        Assert.Empty(response.Passages);
        Assert.Empty(response.DegradedReason);
        Assert.Matches("^[0-9a-f]{8}-0$", response.CorpusVersion);
        var embedded = await _host.Client.EmbedAsync(new EmbedRequest { Tenant = "nobody", Texts = { "x" } }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Empty(embedded.EmbeddingsVersion);
        Assert.Empty(embedded.Vectors);
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.DeleteDocumentAsync(
            new DeleteDocumentRequest { Tenant = "nobody", Id = "x" }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal(StatusCode.NotFound, exception.StatusCode);
        Assert.Null(_host.Corpora.Find("nobody"));
    }

    [Fact]
    public async Task A_vector_made_by_Embed_serves_the_search()
    {
        await _host.UpsertAsync(Cancel, Samples.Small("acme"));
        await _host.VectorsReadyAsync("acme", Cancel);
        var embedded = await _host.Client.EmbedAsync(
            new EmbedRequest { Tenant = "acme", Texts = { "the output cache keeps answers", "qqqq", "" } }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal(3, embedded.Vectors.Count);
        Assert.Equal(1, Math.Sqrt(embedded.Vectors[0].Values.Sum(value => (double)value * value)), 5);
        Assert.Empty(embedded.Vectors[1].Values);
        Assert.Empty(embedded.Vectors[2].Values);

        // The vector decides, not the words: they are about something else.
        var response = await _host.Client.SearchAsync(
            new SearchRequest { Tenant = "acme", Query = "quota", Mode = SearchMode.Vector, Vector = embedded.Vectors[0], EmbeddingsVersion = embedded.EmbeddingsVersion },
            RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal(SearchMode.Vector, response.Mode);
        var same = await _host.SearchAsync("acme", "the output cache keeps answers", Cancel, SearchMode.Vector, 8);
        Assert.Equal(same.Passages[0].ChunkId, response.Passages[0].ChunkId);
        Assert.Equal(same.Passages[0].VectorScore, response.Passages[0].VectorScore, 4);
    }

    [Fact]
    public async Task Passages_carry_their_place_in_the_document()
    {
        var document = Samples.Small("acme")[0];
        await _host.UpsertAsync(Cancel, document);
        foreach (var passage in (await _host.SearchAsync("acme", "release canary", Cancel, SearchMode.Keyword)).Passages)
        {
            Assert.Equal(document.Text[passage.Start..passage.End], passage.Text);
        }
    }

    [Fact]
    public async Task Watchers_hear_of_every_corpus_and_of_each_change()
    {
        await _host.UpsertAsync(Cancel, Samples.Text("a", "x", "one"), Samples.Text("b", "x", "one"));
        using var call = _host.Client.WatchCorpora(new WatchCorporaRequest(), RetrievalHost.Key, cancellationToken: Cancel);
        var states = new Dictionary<string, CorpusState>();
        await UntilAsync(() => states.Count == 2);
        var result = Assert.Single(await _host.UpsertAsync(Cancel, Samples.Text("b", "y", "two")));
        await UntilAsync(() => states["b"].CorpusVersion == result.CorpusVersion);
        Assert.Equal((2, 2), (states["b"].Documents, states["b"].Chunks));
        var deleted = await _host.Client.DeleteDocumentAsync(new DeleteDocumentRequest { Tenant = "b", Id = "x" }, RetrievalHost.Key, cancellationToken: Cancel);
        await UntilAsync(() => states["b"].CorpusVersion == deleted.CorpusVersion);
        await _host.UpsertAsync(Cancel, Samples.Small("c"));
        await UntilAsync(() => states.TryGetValue("c", out var state) && state is { EmbeddingsVersion.Length: > 0, Documents: 6 });

        async Task UntilAsync(Func<bool> done)
        {
            while (!done())
            {
                Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel));
                states[call.ResponseStream.Current.Tenant] = call.ResponseStream.Current;
            }
        }
    }

    [Fact]
    public async Task A_caller_that_goes_in_the_middle_of_a_stream_does_no_harm()
    {
        using (var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            using var call = _host.Client.UpsertDocuments(RetrievalHost.Key, cancellationToken: gone.Token);
            for (var i = 0; i < 50; i++) await call.RequestStream.WriteAsync(Samples.Text("a", $"d{i}", $"words of document {i}"), gone.Token);
            Assert.True(await call.ResponseStream.MoveNext(Cancel));
            await gone.CancelAsync();
        }

        Assert.True(Assert.Single(await _host.UpsertAsync(Cancel, Samples.Text("a", "after", "words afterwards"))).Stored);
        Assert.Contains((await _host.SearchAsync("a", "afterwards", Cancel)).Passages, passage => passage.DocumentId == "after");
    }

    [Fact]
    public async Task Many_streams_at_once_keep_every_document_and_their_own_order()
    {
        var streams = await Task.WhenAll(Enumerable.Range(0, 8).Select(stream => _host.UpsertAsync(
            Cancel, Enumerable.Range(0, 100).Select(i => new UpsertDocumentRequest { Tenant = $"t{stream % 3}", Id = $"s{stream}-{i}", Text = $"Document {i} of stream {stream}", Line = i }))));
        foreach (var results in streams)
        {
            Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), results.Select(result => result.Line));
            Assert.All(results, result => Assert.True(result.Stored));
        }

        Assert.Equal(800, _host.Corpora.Open.Sum(corpus => corpus.Row.Documents));
    }
}
