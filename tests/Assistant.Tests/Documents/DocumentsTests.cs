using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Documents;

public sealed class DocumentsTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    private const string Path = "/v1/documents";

    [Fact]
    public async Task Each_line_is_a_document()
    {
        var reply = await UploadAsync(
            """{"id":"a","title":"A title","text":"Some text","content_type":"markdown","metadata":{"lang":"en","year":2024.0,"draft":false,"tags":["a",1e2]}}""" + "\n" + """{"id":"b","text":"More"}""" + "\n");

        Assert.Equal("""{"received":2,"stored":2,"unchanged":0,"failed":0,"corpus_version":"c2","errors":[]}""", reply.Body);
        var (a, b) = (Upserts[0], Upserts[1]);
        Assert.Equal((Tenant, "a", "A title", "Some text", ContentType.Markdown, 1L), (a.Tenant, a.Id, a.Title, a.Text, a.ContentType, a.Line));
        Assert.Equal(
            ["draft=false", "lang=en", "tags=a,100", "year=2024"],
            a.Metadata.Select(field => $"{field.Key}={string.Join(',', field.Value.Values)}").Order(StringComparer.Ordinal));
        Assert.Equal((Tenant, "b", "", "More", ContentType.Text, 2L), (b.Tenant, b.Id, b.Title, b.Text, b.ContentType, b.Line));
        Assert.Equal(RequestId, reply.Header("x-slipway-request-id"));
        Assert.Equal(("documents", 200, "c2"), ((await RecordAsync()).Route, (await RecordAsync()).Status, (await RecordAsync()).CorpusVersion));
    }

    [Fact]
    public async Task Broken_lines_are_told_by_number_and_the_good_ones_kept()
    {
        byte[] body =
        [
            .. Line("""{"id":"good-1","text":"x"}"""),
            .. Line("{\"id\":\"cut"),
            .. Line(""),
            .. Line("[]"),
            .. Line("""{"text":"x"}"""),
            .. Line("""{"id":"no-text"}"""),
            .. Line("""{"id":7,"text":"x"}"""),
            .. Line("""{"id":"t","text":"x","content_type":"pdf"}"""),
            .. Line("""{"id":"m","text":"x","metadata":{"a":{"b":1}}}"""),
            .. Line("""{"id":"s","text":"\ud800"}"""),
            .. Line("""{"id":"s","text":"x","metadata":{"\ud800":"y"}}"""),
            .. Line("""{"\udc00":1,"id":"s","text":"x"}"""),
            .. new byte[] { (byte)'{', 0xFF, (byte)'}', (byte)'\n' },
            .. Line("""{"id":"good-2","text":"x"}"""),
            .. Line("   "),
            .. Line("null"),
        ];

        var reply = await PostAsync(Path, body, "application/x-ndjson");

        Assert.Equal(200, reply.Status);
        Assert.Equal((14, 2, 12), (Number(reply, "received"), Number(reply, "stored"), Number(reply, "failed")));
        Assert.Equal(["good-1", "good-2"], Upserts.Select(document => document.Id));
        Assert.Equal([1L, 14L], Upserts.Select(document => document.Line));
        var errors = reply.Json["errors"]!.AsArray();
        Assert.Equal([2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16], errors.Select(error => error!["line"]!.GetValue<int>()));
        Assert.Equal(
            ["invalid_json:", "invalid_json:", "missing_required_parameter:id", "missing_required_parameter:text", "invalid_type:id", "invalid_value:content_type",
             "invalid_type:metadata.a", "invalid_value:text", "invalid_value:metadata", "invalid_value:", "invalid_json:", "invalid_json:"],
            errors.Select(error => $"{error!["code"]}:{error["param"]}"));
        Assert.Contains("The line is not valid JSON", errors[0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        reply.MustNotLeak();
    }

    [Fact]
    public async Task What_retrieval_refuses_is_told_with_line_and_id_in_order()
    {
        Peers.Retrieval.OnUpsert = (request, _) => request.Line switch
        {
            1 => new UpsertDocumentResult { ErrorCode = "text_too_long", ErrorMessage = "The text is longer than 4 MiB.", ErrorParam = "text" },
            2 => new UpsertDocumentResult { Stored = true, Unchanged = true, CorpusVersion = "c2" },
            _ => new UpsertDocumentResult { Stored = true, CorpusVersion = "c3" },
        };

        var reply = await UploadAsync("""{"id":"a","text":"x"}""" + "\n" + """{"id":"b","text":"x"}""" + "\nbroken\n" + """{"id":"c","text":"x"}""");

        Assert.Equal((4, 1, 1, 2), (Number(reply, "received"), Number(reply, "stored"), Number(reply, "unchanged"), Number(reply, "failed")));
        Assert.Equal("c3", reply.Json["corpus_version"]!.GetValue<string>());
        Assert.Equal("""{"line":1,"id":"a","code":"text_too_long","message":"The text is longer than 4 MiB.","param":"text"}""", reply.Json["errors"]![0]!.ToJsonString());
        Assert.Equal(3, reply.Json["errors"]![1]!["line"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("{\"id\":\"a\",\"text\":\"x\"}\r\n{\"id\":\"b\",\"text\":\"x\"}\r\n")]
    [InlineData("{\"id\":\"a\",\"text\":\"x\"}\n{\"id\":\"b\",\"text\":\"x\"}")]
    [InlineData("{\"id\":\"a\",\"text\":\"x\"}\n\n \t \r\n{\"id\":\"b\",\"text\":\"x\"}\n\n")]
    [InlineData("\uFEFF{\"id\":\"a\",\"text\":\"x\"}\n{\"id\":\"b\",\"text\":\"x\"}")]
    public async Task Line_ends_of_every_kind_are_read(string body)
    {
        var reply = await UploadAsync(body);

        Assert.Equal((2, 0), (Number(reply, "stored"), Number(reply, "failed")));
        Assert.Equal(["a", "b"], Upserts.Select(document => document.Id));
    }

    [Fact]
    public async Task An_empty_body_is_an_upload_of_nothing()
    {
        Assert.Equal("""{"received":0,"stored":0,"unchanged":0,"failed":0,"corpus_version":"","errors":[]}""", (await UploadAsync("")).Body);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_told_and_the_next_one_kept()
    {
        var reply = await UploadAsync("{\"id\":\"a\",\"text\":\"" + new string('x', 12 * 1024 * 1024) + "\"}\n" + """{"id":"b","text":"x"}""" + "\n" + new string('y', (12 * 1024 * 1024) + 1));

        Assert.Equal((3, 1, 2), (Number(reply, "received"), Number(reply, "stored"), Number(reply, "failed")));
        Assert.Equal([1, 3], reply.Json["errors"]!.AsArray().Select(error => error!["line"]!.GetValue<int>()));
        Assert.All(reply.Json["errors"]!.AsArray(), error => Assert.Equal("line_too_long", error!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Many_documents_come_in_one_stream_and_all_errors_are_counted()
    {
        var body = new StringBuilder();
        for (var i = 0; i < 3000; i++) body.Append(i % 2 == 0 ? $"{{\"id\":\"{i}\",\"text\":\"x\"}}\n" : "broken\n");

        var reply = await UploadAsync(body.ToString());

        Assert.Equal((1500, 1500), (Number(reply, "stored"), Number(reply, "failed")));
        Assert.Equal(1000, reply.Json["errors"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("text/markdown", ContentType.Markdown)]
    [InlineData("text/plain; charset=utf-8", ContentType.Text)]
    public async Task A_single_document_is_named_by_the_query(string type, ContentType expected)
    {
        var reply = await PostAsync(Path + "?id=guide%2Fstart&title=The%20start", Encoding.UTF8.GetBytes("# Start\n\nÜber alles\n"), type);

        Assert.Equal(1, Number(reply, "stored"));
        var document = Upserts.Single();
        Assert.Equal(("guide/start", "The start", "# Start\n\nÜber alles\n", expected), (document.Id, document.Title, document.Text, document.ContentType));
    }

    [Fact]
    public async Task A_single_document_needs_an_id_and_utf8_and_a_limit()
    {
        (await PostAsync(Path, "x"u8.ToArray(), "text/markdown")).MustBeError(400, "missing_required_parameter", "id");
        (await PostAsync(Path + "?id=a", [0xFF, 0xFE], "text/plain")).MustBeError(400, "invalid_value");
        (await PostAsync(Path + "?id=a", new byte[(4 * 1024 * 1024) + 1], "text/plain")).MustBeError(413, "request_too_large");
        Assert.Empty(Upserts);
        Assert.Equal(200, (await UploadAsync("")).Status);
    }

    [Fact]
    public async Task Another_content_type_is_a_415()
    {
        (await PostAsync(Path, "x"u8.ToArray(), "application/pdf")).MustBeError(415, "unsupported_media_type");
        Assert.Equal(415, (await RecordAsync()).Status);
    }

    [Fact]
    public async Task Without_retrieval_there_is_a_clean_503()
    {
        Peers.Retrieval.OnUpsert = (_, _) => throw Failing.With(StatusCode.Unavailable);

        (await UploadAsync("""{"id":"a","text":"x"}""")).MustBeError(503, "service_unavailable");

        Assert.Equal((503, "service_unavailable"), ((await RecordAsync()).Status, (await RecordAsync()).ErrorCode));
    }

    [Fact]
    public async Task A_retrieval_that_dies_under_an_upload_is_a_clean_503()
    {
        Peers.Retrieval.OnUpsert = (request, _) => request.Line > 10 ? throw Failing.With(StatusCode.Unavailable) : new UpsertDocumentResult { Stored = true };
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"id\":\"{i}\",\"text\":\"{new string('x', 200)}\"}}\n"));

        (await UploadAsync(body)).MustBeError(503, "service_unavailable");
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_upload()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var content = new EndlessUpload("""{"id":"a","text":"x"}""" + "\n");
        using var request = Request(HttpMethod.Post, Path, content);
        var sending = Host.Http.SendAsync(request, leaving.Token);
        var call = await Peers.Retrieval.Upserts.FirstAsync(document => document.Tenant == Tenant);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => sending);
        Assert.Equal(499, (await RecordAsync()).Status);
        await Eventually.TrueAsync(() => call.Cancelled.IsCancellationRequested);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("guide/start.md", "guide/start.md")]
    [InlineData("guide%2Fstart.md", "guide/start.md")]
    [InlineData("guide%2fstart.md", "guide/start.md")]
    [InlineData("a%20b%3F%23c", "a b?#c")]
    [InlineData("%C3%BC%E6%BC%A2", "ü漢")]
    [InlineData("100%25", "100%")]
    [InlineData("a+b", "a+b")]
    public async Task A_document_is_deleted_by_its_id(string path, string id)
    {
        var reply = await SendAsync(HttpMethod.Delete, Path + "/" + path);

        Assert.Equal((204, ""), (reply.Status, reply.Body));
        Assert.Equal((Tenant, id), (Peers.Retrieval.Deletes.Requests.Single().Tenant, Peers.Retrieval.Deletes.Requests.Single().Id));
        Assert.InRange(Peers.Retrieval.Deletes.All.Single().Allowed!.Value.TotalSeconds, 1, 10);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_a_404()
    {
        Peers.Retrieval.OnDelete = (_, _) => throw ServiceError.NotFound("document_not_found", "There is no document 'x'.", "id").ToException();

        (await SendAsync(HttpMethod.Delete, Path + "/x")).MustBeError(404, "document_not_found", "id");
    }

    [Fact]
    public async Task Deleting_without_an_id_is_an_error()
    {
        (await SendAsync(HttpMethod.Delete, Path + "/")).MustBeError(400, "missing_required_parameter", "id");
    }

    [Fact]
    public async Task Deleting_without_retrieval_is_a_clean_503()
    {
        Peers.Retrieval.OnDelete = (_, _) => throw Failing.With(StatusCode.Unavailable);

        (await SendAsync(HttpMethod.Delete, Path + "/x")).MustBeError(503, "service_unavailable");
    }

    private IReadOnlyList<UpsertDocumentRequest> Upserts => [.. Peers.Retrieval.Upserts.Requests.Where(document => document.Tenant == Tenant)];

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    private static int Number(Reply reply, string name) => ((JsonValue)reply.Json[name]!).GetValue<int>();

    private Task<Reply> UploadAsync(string body) => PostAsync(Path, Encoding.UTF8.GetBytes(body), "application/x-ndjson");

    /// <summary>Sends one line, and then nothing until its client gives up.</summary>
    private sealed class EndlessUpload(string line) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
