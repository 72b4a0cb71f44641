using System.ClientModel;
using System.Diagnostics;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Slipway.Testing;

namespace Slipway.Stack.Tests;

/// <summary>Real documents and real questions: SciFact's abstracts and claims (allenai/scifact in BEIR's form).</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class SciFactTests
{
    private const int Claims = 50;
    private const double Floor = 0.60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Claims_find_their_judged_abstract_also_after_a_restart()
    {
        var folder = Repository.SharedData("scifact");
        Assert.SkipWhen(folder is null, "../shared/data/scifact is not there: SciFact in BEIR's form (corpus.jsonl, queries.jsonl, qrels/test.tsv).");
        using var data = new TempFolder();
        var judged = ReadJudged(folder!);
        Assert.Equal(Claims, judged.Count);

        double share;
        await using (var stack = await AppHostProcess.StartAsync(data.Path, Token))
        {
            await UploadAsync(stack, folder!);
            share = await ShareFoundAsync(stack, judged);
            Assert.True(share >= Floor, $"The judged abstract was cited for {share:P0} of the claims, fewer than {Floor:P0}.");
            Assert.Equal(0, await stack.StopAsync());
        }

        await using (var again = await AppHostProcess.StartAsync(data.Path, Token))
        {
            var after = await ShareFoundAsync(again, judged);
            Assert.True(after >= Floor, $"After the restart: {after:P0} of the claims, before it {share:P0}.");
        }
    }

    private static async Task UploadAsync(AppHostProcess stack, string folder)
    {
        using var client = stack.Client();
        var body = new MemoryStream();
        await using (var writer = new StreamWriter(body, leaveOpen: true))
        {
            foreach (var line in File.ReadLines(Path.Combine(folder, "corpus.jsonl")))
            {
                using var json = JsonDocument.Parse(line);
                var document = json.RootElement;
                await writer.WriteLineAsync(JsonSerializer.Serialize(new
                {
                    id = document.GetProperty("_id").GetString(),
                    title = document.GetProperty("title").GetString(),
                    text = document.GetProperty("text").GetString(),
                }));
            }
        }

        body.Position = 0;
        var watch = Stopwatch.StartNew();
        using var content = new StreamContent(body);
        content.Headers.ContentType = new("application/x-ndjson");
        using var response = await client.PostAsync("/v1/documents", content, Token);
        var report = await Reply.ReadAsync(response, Token);
        Assert.Equal(200, report.Status);
        Assert.Equal(5183, report.Json.GetProperty("stored").GetInt32());
        Assert.Equal(0, report.Json.GetProperty("failed").GetInt32());
        TestContext.Current.SendDiagnosticMessage("SciFact: 5,183 documents in {0:0.0} s", watch.Elapsed.TotalSeconds);
    }

    /// <summary>The first claims of the test set, in the order of the judgments, with their judged documents.</summary>
    private static List<(string Claim, HashSet<string> Documents)> ReadJudged(string folder)
    {
        var queries = File.ReadLines(Path.Combine(folder, "queries.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(query => query.GetProperty("_id").GetString()!, query => query.GetProperty("text").GetString()!);
        return [.. File.ReadLines(Path.Combine(folder, "qrels", "test.tsv")).Skip(1).Select(line => line.Split('\t'))
            .Where(row => int.Parse(row[2]) > 0)
            .GroupBy(row => row[0])
            .Take(Claims)
            .Select(group => (queries[group.Key], group.Select(row => row[1]).ToHashSet()))];
    }

    private static async Task<double> ShareFoundAsync(AppHostProcess stack, List<(string Claim, HashSet<string> Documents)> judged)
    {
        var chat = new OpenAIClient(new ApiKeyCredential("sk-slipway-dev"), new OpenAIClientOptions { Endpoint = new Uri(stack.Edge, "/v1") }).GetChatClient("assistant");
        var found = 0;
        for (var i = 0; i < judged.Count; i++)
        {
            var cited = i % 2 == 0 ? await CompleteAsync(chat, judged[i].Claim) : await StreamAsync(chat, judged[i].Claim);
            if (cited.Any(judged[i].Documents.Contains)) found++;
        }

        return (double)found / judged.Count;
    }

    private static async Task<List<string>> CompleteAsync(ChatClient chat, string claim)
    {
        ChatCompletion completion = await chat.CompleteChatAsync([new UserChatMessage(claim)], cancellationToken: Token);
        return [.. completion.Annotations.Select(annotation => DocumentOf(annotation.WebResourceUri))];
    }

    private static async Task<List<string>> StreamAsync(ChatClient chat, string claim)
    {
        var cited = new List<string>();
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage(claim)], cancellationToken: Token))
        {
            // The client has no property for annotations of a stream; the update's own JSON has them.
            using var json = JsonDocument.Parse(System.ClientModel.Primitives.ModelReaderWriter.Write(update));
            if (!json.RootElement.TryGetProperty("slipway", out var slipway)) continue;
            cited.AddRange(slipway.GetProperty("citations").EnumerateArray().Select(citation => citation.GetProperty("document_id").GetString()!));
        }

        return cited;
    }

    private static string DocumentOf(Uri uri) => Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
}
