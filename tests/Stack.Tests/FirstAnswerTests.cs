using System.ClientModel;
using System.Net.Http.Json;
using OpenAI;
using OpenAI.Chat;
using Slipway.Testing;

namespace Slipway.Stack.Tests;

[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed class FirstAnswerTests(StackFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_handbook_answers_how_to_roll_back_a_release_with_citations()
    {
        using var client = (await fixture.GetAsync()).Client();
        var reply = await client.AnswerAsync("How do I roll back a release?", Token, fresh: true);
        Assert.Equal(200, reply.Status);
        Assert.Contains("activate", reply.Answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("[1]", reply.Answer, StringComparison.Ordinal);
        Assert.Contains(reply.CitedDocuments, id => id.Contains("roll-back", StringComparison.Ordinal));
        Assert.All(reply.CitedDocuments, id => Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", id)), id));
        Assert.InRange(reply.Json.GetProperty("confidence").GetDouble(), 0.2, 1);
    }

    [Fact]
    public async Task Every_stage_is_timed_and_the_second_answer_comes_from_the_cache()
    {
        using var client = (await fixture.GetAsync()).Client();
        const string Question = "Which process owns the database?";
        var first = await Ask.UntilAsync(() => client.AnswerAsync(Question, Token), reply => reply is { Status: 200, Degraded: "" }, "An answer that is not degraded", TimeSpan.FromSeconds(30), Token);
        var stages = first.Headers["server-timing"];
        var entered = first.Headers["x-slipway-cache"] == "output" ? new[] { "gateway", "flags", "cache", "record" } : ["gateway", "flags", "cache", "retrieval", "prompt", "model", "post", "record"];
        Assert.All(entered, stage => Assert.Contains(stage + ";dur=", stages, StringComparison.Ordinal));
        var second = await Ask.UntilAsync(() => client.AnswerAsync(Question, Token), reply => reply.Headers["x-slipway-cache"] == "output", "A cached answer", TimeSpan.FromSeconds(30), Token);
        Assert.Equal(first.Answer, second.Answer);
        Assert.Equal("0", second.Headers["x-slipway-cost-usd"]);
        Assert.Equal("baseline", second.Headers["x-slipway-release"]);
        Assert.NotEqual(first.Headers["x-slipway-request-id"], second.Headers["x-slipway-request-id"]);
    }

    [Fact]
    public async Task The_official_client_chats_streams_lists_models_and_embeds()
    {
        var stack = await fixture.GetAsync();
        var options = new OpenAIClientOptions { Endpoint = new Uri(stack.Edge, "/v1") };
        var openAi = new OpenAIClient(new ApiKeyCredential("sk-slipway-dev"), options);
        var chat = openAi.GetChatClient("assistant");

        ChatCompletion completion = await chat.CompleteChatAsync([new UserChatMessage("What does the edge do?")], cancellationToken: Token);
        Assert.NotEmpty(completion.Content[0].Text);
        Assert.NotEmpty(completion.Annotations);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);

        var text = "";
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("What does the prompts service do?")], cancellationToken: Token))
        {
            foreach (var part in update.ContentUpdate) text += part.Text;
        }

        Assert.Contains("[1]", text, StringComparison.Ordinal);

        var models = (await openAi.GetOpenAIModelClient().GetModelsAsync(Token)).Value;
        Assert.Contains(models, model => model.Id == "assistant");
        Assert.Contains(models, model => model.Id == "extractive");

        var embedding = await openAi.GetEmbeddingClient("assistant").GenerateEmbeddingAsync("a release", cancellationToken: Token);
        var vector = embedding.Value.ToFloats().ToArray();
        Assert.InRange(vector.Sum(value => value * value), 0.99f, 1.01f);

        ChatCompletion direct = await openAi.GetChatClient("extractive").CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Token);
        Assert.NotEmpty(direct.Content[0].Text);
    }

    [Fact]
    public async Task A_document_is_found_as_soon_as_it_is_acknowledged_and_gone_when_it_is_deleted()
    {
        using var client = (await fixture.GetAsync()).Client();
        const string Line = """{"id":"zebra/1","title":"Zebra crossing","text":"The zebrawood quokka harbour opens at seven o'clock on Thursdays."}""";
        using var upload = await client.PostAsync("/v1/documents", new StringContent(Line, null, "application/x-ndjson"), Token);
        var report = await Reply.ReadAsync(upload, Token);
        Assert.Equal(1, report.Json.GetProperty("stored").GetInt32());

        var answer = await client.AnswerAsync("When does the zebrawood quokka harbour open?", Token, fresh: true);
        Assert.Contains("zebra/1", answer.CitedDocuments);
        Assert.Contains("seven o'clock", answer.Answer, StringComparison.Ordinal);

        using var deleted = await client.DeleteAsync("/v1/documents/zebra/1", Token);
        Assert.Equal(204, (int)deleted.StatusCode);
        var after = await client.AnswerAsync("When does the zebrawood quokka harbour open?", Token, fresh: true);
        Assert.DoesNotContain("zebra/1", after.CitedDocuments);
    }

    [Fact]
    public async Task Control_counts_what_the_assistant_answered()
    {
        using var client = (await fixture.GetAsync()).Client();
        var answer = await client.AnswerAsync("What does the cache service do?", Token);
        Assert.Equal(200, answer.Status);
        var id = answer.Headers["x-slipway-request-id"];
        var record = await Ask.UntilAsync(() => GetAsync(client, $"/admin/requests/{id}"), reply => reply.Status == 200, "The record", TimeSpan.FromSeconds(20), Token);
        Assert.Equal("dev", record.Json.GetProperty("tenant").GetString());
        var kpis = await GetAsync(client, "/admin/kpis?window=5&route=answers");
        Assert.Equal(200, kpis.Status);
        Assert.DoesNotContain("What does the cache", record.Text, StringComparison.Ordinal);

        using var feedback = await client.PostAsJsonAsync("/v1/feedback", new { request_id = id, rating = "good" }, Token);
        Assert.Equal(204, (int)feedback.StatusCode);
        var description = await GetAsync(client, "/admin/openapi.json");
        Assert.Contains("/admin/kpis", description.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_made_activated_and_rolled_back()
    {
        using var client = (await fixture.GetAsync()).Client();
        var release = new { name = "keywords", prompt = "answer", prompt_version = "1", models = new[] { "answer" }, search = new { mode = "keyword", limit = 5 }, review_below_confidence = 0.2, description = "Keyword search alone." };
        using var created = await client.PostAsJsonAsync("/admin/releases", release, Token);
        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync(Token));
        await ActivateAsync(client, "keywords");
        await Ask.UntilAsync(() => client.AnswerAsync("What is a release?", Token), reply => reply.Headers.GetValueOrDefault("x-slipway-release") == "keywords", "The new release", TimeSpan.FromSeconds(20), Token);
        await ActivateAsync(client, "baseline");
        await Ask.UntilAsync(() => client.AnswerAsync("What is a release?", Token), reply => reply.Headers.GetValueOrDefault("x-slipway-release") == "baseline", "The old release", TimeSpan.FromSeconds(20), Token);
    }

    private static async Task ActivateAsync(HttpClient client, string name)
    {
        using var response = await client.PostAsJsonAsync($"/admin/releases/{name}/activate", new { reason = "test" }, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static async Task<Reply> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Token);
        return await Reply.ReadAsync(response, Token);
    }
}
