using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Hosting;

/// <summary>What the tests of the HTTP surface share: a tenant and a request id of their own, peers without a memory of the test before.</summary>
public abstract class AssistantTest
{
    private static int _numbers;

    protected AssistantTest(AssistantFixture fixture)
    {
        Host = fixture.Host;
        Peers = fixture.Peers;
        Peers.Reset();
        var number = Interlocked.Increment(ref _numbers);
        Tenant = $"tenant-{number}";
        RequestId = $"request-{number}";
    }

    protected AssistantHost Host { get; }

    protected FakePeers Peers { get; }

    protected string Tenant { get; }

    protected string RequestId { get; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected const string Question = "How is a release rolled back?";

    protected static string Chat(string question = Question, bool stream = false, string more = "") =>
        $$"""{"model":"assistant","messages":[{"role":"user","content":{{JsonSerializer.Serialize(question)}}}]{{(stream ? ",\"stream\":true" : "")}}{{more}}}""";

    protected Task<Reply> ChatAsync(string question = Question, params (string Name, string Value)[] headers) => PostAsync("/v1/chat/completions", Chat(question), headers);

    /// <summary>What the assistant stored for this test's tenant.</summary>
    protected async Task<StoreRequest> StoredAsync(CacheTier tier) => (await Peers.Cache.Stores.FirstAsync(store => store.Key.Tier == tier && store.Key.Scope.Tenant == Tenant)).Request;

    /// <summary>Asks the question, and waits until both tiers hold it.</summary>
    protected async Task<Reply> ChatAndStoreAsync()
    {
        var reply = await ChatAsync();
        await StoredAsync(CacheTier.Output);
        await StoredAsync(CacheTier.Retrieval);
        return reply;
    }

    protected Task<Reply> StreamAsync(string question = Question, string more = "") => PostAsync("/v1/chat/completions", Chat(question, stream: true, more));

    protected Task<Reply> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        PostAsync(path, Encoding.UTF8.GetBytes(body), "application/json", headers);

    protected Task<Reply> PostAsync(string path, byte[] body, string contentType, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, path, content, headers);
    }

    protected async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, content, headers);
        using var response = await Host.Http.SendAsync(request, Cancellation);
        return await Reply.ReadAsync(response);
    }

    protected HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add(SlipwayHeaders.Tenant, Tenant);
        request.Headers.Add(SlipwayHeaders.RequestId, RequestId);
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.Add(name, value);
        }

        return request;
    }

    /// <summary>The record of the test's request.</summary>
    protected async Task<RequestRecord> RecordAsync() => (await Peers.Control.Records.FirstAsync(record => record.RequestId == RequestId && record.Tenant == Tenant)).Request;
}

/// <summary>A response, read whole.</summary>
public sealed record Reply(int Status, IReadOnlyDictionary<string, string> Headers, string Body, string ContentType)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Text => Json["choices"]![0]!["message"]!["content"]!.GetValue<string>();

    public JsonNode Slipway => Json["slipway"]!;

    public JsonNode Error => Json["error"]!;

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    public string[] Degraded => Header(SlipwayHeaders.Degraded).Split(", ", StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The data of each event of a stream.</summary>
    public IReadOnlyList<string> Events => [.. Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(item => item["data: ".Length..])];

    public IReadOnlyList<JsonNode> Chunks => [.. Events.Where(item => item != "[DONE]").Select(item => JsonNode.Parse(item)!)];

    public string StreamedText => string.Concat(Chunks.Select(chunk => chunk["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"]?.GetValue<string>()));

    public static async Task<Reply> ReadAsync(HttpResponseMessage response)
    {
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Reply((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Content.Headers.ContentType?.ToString() ?? "");
    }

    /// <summary>OpenAI's shape, exactly, and nothing internal.</summary>
    public Reply MustBeError(int status, string code, string? param = null)
    {
        Assert.Equal((status, code), (Status, Error["code"]?.GetValue<string>()));
        Assert.Equal("application/json", ContentType);
        Assert.Equal(["error"], Json.AsObject().Select(item => item.Key));
        Assert.Equal(["message", "type", "param", "code"], Error.AsObject().Select(item => item.Key));
        Assert.Equal(param, Error["param"]?.GetValue<string>());
        Assert.False(string.IsNullOrWhiteSpace(Error["message"]!.GetValue<string>()));
        Assert.Equal(status switch { 401 => "authentication_error", 429 => "rate_limit_error", >= 500 => "server_error", _ => "invalid_request_error" }, Error["type"]!.GetValue<string>());
        MustNotLeak();
        return this;
    }

    public void MustNotLeak()
    {
        foreach (var word in (string[])["fake-internal-detail", "secret-host", "127.0.0.1", "localhost", "   at ", "Exception", "Grpc", "Slipway.", ".cs", Testing.WellKnown.InternalKey])
            Assert.DoesNotContain(word, Body, StringComparison.OrdinalIgnoreCase);
    }
}
