using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Slipway.Stack.Tests;

/// <summary>Uploads that are too large, and uploads that are cut off.</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class LargeUploadTests(StackFixture fixture)
{
    private const string Collection = "uploads";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_document_of_50_MB_is_refused_by_its_line_and_costs_no_memory_and_no_other_document()
    {
        var stack = await fixture.GetAsync();
        using var client = stack.Client();
        var before = Resident(stack);

        using var body = new PushedContent(async send =>
        {
            await send(Line("first", "The first aubergine umbrella."));
            await send("""{"id":"huge","text":" """);
            for (var i = 0; i < 500; i++) await send(new string('x', 100_000));
            await send("\"}\n");
            await send(Line("last", "The last aubergine umbrella."));
        });
        var reply = await UploadAsync(client, body);

        Assert.Equal(200, reply.Status);
        Assert.Equal((3, 1), (Number(reply, "received"), Number(reply, "failed")));
        var error = Assert.Single(reply.Json.GetProperty("errors").EnumerateArray());
        Assert.Equal((2, "line_too_long"), (error.GetProperty("line").GetInt32(), error.GetProperty("code").GetString()));
        Assert.Equal(["first", "last"], (await FindAsync(client, "aubergine umbrella")).Order(StringComparer.Ordinal));
        // The longest line (12 MiB) as it was received, as JSON and as text may be there; the document may not.
        foreach (var (name, megabytes) in Resident(stack)) Assert.True(megabytes - before[name] < 150, $"{name} grew from {before[name]} to {megabytes} MB.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_upload_that_is_cut_off_by_a_kill_of_retrieval_is_told_so_and_can_be_sent_again(int seed)
    {
        var stack = await fixture.GetAsync();
        using var client = stack.Client();
        const int Documents = 4000;
        await FindAsync(client, "anything");
        var killAt = new Random(seed).Next(500, 3500);
        string[] lines = [.. Enumerable.Range(0, Documents).Select(i => Line($"cut{seed}/{i}", $"The word{seed}x{i} is about the vermilion harbour number {i % 17} and its {i % 11} boats."))];

        using var cut = new PushedContent(async send =>
        {
            for (var i = 0; i < Documents; i++)
            {
                if (i == killAt) stack.Kill("retrieval");
                await send(lines[i]);
            }
        });
        var refused = await UploadAsync(client, cut);

        Assert.Equal(503, refused.Status);
        Assert.True(refused.IsErrorShape(), refused.Text);

        var again = await Ask.UntilAsync(
            async () =>
            {
                using var whole = new StringContent(string.Concat(lines), Encoding.UTF8, "application/x-ndjson");
                return await UploadAsync(client, whole);
            },
            reply => reply.Status == 200, "An upload after the kill", Limit, Token);
        Assert.Equal((Documents, 0, Documents), (Number(again, "received"), Number(again, "failed"), Number(again, "stored") + Number(again, "unchanged")));
        foreach (var i in (int[])[0, killAt - 1, killAt, Documents - 1]) Assert.Equal([$"cut{seed}/{i}"], await FindAsync(client, $"word{seed}x{i}"));
    }

    private static async Task<Reply> UploadAsync(HttpClient client, HttpContent body)
    {
        using var response = await client.PostAsync("/v1/documents?collection=" + Collection, body, Token);
        return await Reply.ReadAsync(response, Token);
    }

    /// <summary>The documents that a search by keyword finds.</summary>
    private static async Task<string[]> FindAsync(HttpClient client, string query)
    {
        var reply = await Ask.UntilAsync(
            async () =>
            {
                using var response = await client.PostAsJsonAsync("/v1/search", new { query, mode = "keyword", limit = 5, collection = Collection }, Token);
                return await Reply.ReadAsync(response, Token);
            },
            // On a busy machine a search may be late.
            reply => reply.Status is not (503 or 504), "A search", Limit, Token);
        Assert.Equal(200, reply.Status);
        return [.. reply.Json.GetProperty("passages").EnumerateArray().Select(passage => passage.GetProperty("document_id").GetString()!)];
    }

    private static string Line(string id, string text) => $$"""{"id":"{{id}}","text":"{{text}}"}""" + "\n";

    private static int Number(Reply reply, string name) => reply.Json.GetProperty(name).GetInt32();

    /// <summary>Resident memory of the processes that an upload passes, MB.</summary>
    private static Dictionary<string, long> Resident(AppHostProcess stack) => new[] { "edge", "assistant", "retrieval" }.ToDictionary(
        name => name,
        name => long.Parse(
            File.ReadLines($"/proc/{stack.PidOf(name)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))[6..^2].Trim(), CultureInfo.InvariantCulture) / 1024);

    /// <summary>JSON lines that are made as they are sent.</summary>
    private sealed class PushedContent : HttpContent
    {
        private readonly Func<Func<string, Task>, Task> _push;

        public PushedContent(Func<Func<string, Task>, Task> push)
        {
            _push = push;
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _push(text => stream.WriteAsync(Encoding.UTF8.GetBytes(text), Token).AsTask());

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
