using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.OpenAi;

public sealed class ChatCompletionTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task An_answer_has_text_usage_finish_reason_and_citations()
    {
        var reply = await ChatAsync();

        Assert.Equal(200, reply.Status);
        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal(FakeBroker.Text, reply.Text);
        var json = reply.Json;
        Assert.Equal("chat.completion", json["object"]!.GetValue<string>());
        Assert.Equal("chatcmpl-" + RequestId, json["id"]!.GetValue<string>());
        Assert.Equal("assistant", json["model"]!.GetValue<string>());
        Assert.Equal("fp_1", json["system_fingerprint"]!.GetValue<string>());
        Assert.True(json["created"]!.GetValue<long>() > 0);
        var choice = json["choices"]!.AsArray().Single()!;
        Assert.Equal("stop", choice["finish_reason"]!.GetValue<string>());
        Assert.Equal("assistant", choice["message"]!["role"]!.GetValue<string>());
        Assert.Equal(42, json["usage"]!["prompt_tokens"]!.GetValue<int>());
        Assert.Equal(12, json["usage"]!["completion_tokens"]!.GetValue<int>());
        Assert.Equal(54, json["usage"]!["total_tokens"]!.GetValue<int>());

        var annotation = choice["message"]!["annotations"]!.AsArray().Single()!["url_citation"]!;
        Assert.Equal("[1]", reply.Text[annotation["start_index"]!.GetValue<int>()..annotation["end_index"]!.GetValue<int>()]);
        Assert.Equal("slipway://documents/doc-1", annotation["url"]!.GetValue<string>());
        Assert.Equal("Document 1", annotation["title"]!.GetValue<string>());
        var citation = reply.Slipway["citations"]!.AsArray().Single()!;
        Assert.Equal(
            """{"number":1,"document_id":"doc-1","chunk_id":"doc-1#0","title":"Document 1","heading":"Heading 1","start":10,"end":80,"score":1}""",
            citation.ToJsonString());
    }

    [Fact]
    public async Task The_headers_say_who_answered_how_at_what_cost_and_in_what_time()
    {
        var reply = await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, "1500"));

        Assert.Equal(RequestId, reply.Header("x-slipway-request-id"));
        Assert.Equal("r1", reply.Header("x-slipway-release"));
        Assert.Equal("miss", reply.Header("x-slipway-cache"));
        Assert.Equal("0.0125", reply.Header("x-slipway-cost-usd"));
        Assert.Empty(reply.Degraded);
        Assert.Equal(["flags", "cache", "retrieval", "prompt", "model", "post", "record"], Timed(reply));
        Assert.Equal(1.5, reply.Slipway["timings_ms"]!["gateway"]!.GetValue<double>());
    }

    [Fact]
    public async Task The_object_slipway_says_what_the_headers_say()
    {
        var slipway = (await ChatAsync()).Slipway;

        Assert.Equal("first", slipway["model"]!.GetValue<string>());
        Assert.Equal("r1", slipway["release"]!.GetValue<string>());
        Assert.Equal("miss", slipway["cache"]!.GetValue<string>());
        Assert.Equal(0.0125, slipway["cost_usd"]!.GetValue<double>());
        Assert.Empty(slipway["degraded"]!.AsArray());
        Assert.InRange(slipway["confidence"]!.GetValue<double>(), 0.5, 1);
        Assert.Null(slipway["review"]);
    }

    [Fact]
    public async Task The_question_and_the_conversation_reach_every_stage()
    {
        const string body = """
            {"model":"assistant","temperature":0.5,"max_tokens":100,"stop":"END","seed":7,"user":"u1","messages":[
              {"role":"system","content":"Be brief."},{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},
              {"role":"user","content":[{"type":"text","text":"How is a release "},{"type":"text","text":"rolled back?"}]}]}
            """;
        Assert.Equal(200, (await PostAsync("/v1/chat/completions", body)).Status);

        var search = Peers.Retrieval.Searches.Requests.Single();
        Assert.Equal((Tenant, Question, 6, SearchMode.Hybrid), (search.Tenant, search.Query, search.Limit, search.Mode));
        var render = Peers.Prompts.Renders.Requests.Single();
        Assert.Equal(("answer", "7", Question, "o200k_base"), (render.Name, render.Version, render.Question, render.Tokenizer));
        Assert.Equal(["Be brief.", "Hello", "Hi"], render.Conversation.Select(turn => turn.Content));
        Assert.Equal(["doc-1#0", "doc-2#0", "doc-3#0"], render.Passages.Select(passage => passage.ChunkId));
        // The smallest window of the release's models, less what the caller reserves for the answer.
        Assert.Equal(4096 - 100, render.MaxPromptTokens);
        var complete = Peers.Broker.Completes.Requests.Single();
        Assert.Equal((Tenant, RequestId, "first"), (complete.Tenant, complete.RequestId, complete.Model));
        Assert.Equal(5, complete.Messages.Count);
        Assert.Equal((0.5, 100, "END", 7L, "u1"), (complete.Temperature, complete.MaxOutputTokens, complete.Stop.Single(), complete.Seed, complete.User));
        Assert.False(complete.HasTopP);
    }

    [Fact]
    public async Task Every_call_carries_the_internal_key()
    {
        await ChatAsync();

        Assert.All(Peers.Cache.Lookups.All, call => Assert.Equal(Testing.WellKnown.InternalKey, call.Headers.GetValue(SlipwayHeaders.InternalKey)));
        Assert.Equal(Testing.WellKnown.InternalKey, Peers.Broker.Completes.All.Single().Headers.GetValue(SlipwayHeaders.InternalKey));
    }

    [Fact]
    public async Task The_record_says_what_the_request_did_and_nothing_of_what_was_said()
    {
        await ChatAsync(Question, (SlipwayHeaders.GatewayMicroseconds, "2000"));

        var record = await RecordAsync();
        Assert.Equal(("chat.completions", "r1", 200, "", "first", "sim"), (record.Route, record.Release, record.Status, record.ErrorCode, record.Model, record.Provider));
        Assert.Equal(("answer/7", "c1", "miss"), (record.PromptVersion, record.CorpusVersion, record.Cache));
        Assert.Equal((42, 12, 0.0125), (record.Usage.PromptTokens, record.Usage.CompletionTokens, record.CostUsd));
        Assert.Equal(["cache", "flags", "gateway", "model", "post", "prompt", "record", "retrieval"], record.StageMs.Keys.Order());
        Assert.Equal(2, record.StageMs["gateway"]);
        Assert.True(record.TotalMs >= record.StageMs.Where(stage => stage.Key != "record").Sum(stage => stage.Value) - 1);
        Assert.False(record.Stream);
        Assert.DoesNotContain("release", record.ToString().Replace("\"release\"", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_edge_chooses_the_release()
    {
        var reply = await ChatAsync(Question, (SlipwayHeaders.Release, "r2"));

        Assert.Equal("r2", reply.Header("x-slipway-release"));
        Assert.Equal("second", Peers.Broker.Completes.Requests.Single().Model);
        Assert.Equal("8", Peers.Prompts.Renders.Requests.Single().Version);
    }

    [Fact]
    public async Task A_release_that_nobody_knows_means_the_active_one()
    {
        Assert.Equal("r1", (await ChatAsync(Question, (SlipwayHeaders.Release, "from-the-future"))).Header("x-slipway-release"));
    }

    [Fact]
    public async Task An_answer_below_the_releases_confidence_asks_for_a_review()
    {
        var reply = await ChatAsync(Question, (SlipwayHeaders.Release, "strict"));

        Assert.Equal("suggested", reply.Slipway["review"]!.GetValue<string>());
        Assert.True((await RecordAsync()).Review);
    }

    [Fact]
    public async Task Text_of_any_language_and_awkward_characters_arrive_as_they_were()
    {
        const string text = "Prüfung <b>\"漢字\" & 😀</b> \u0001\u2028 \\ end [1].";
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, text));
        Peers.Broker.OnStream = (request, events, context) => FakeBroker.WriteAsync(request, events, context, text);

        var reply = await ChatAsync();

        Assert.Equal(text, reply.Text);
        Assert.Contains("Prüfung", reply.Body, StringComparison.Ordinal);
        Assert.Equal(text, (await PostAsync("/v1/chat/completions", Chat(stream: true), ("Cache-Control", "no-cache"))).StreamedText);
    }

    [Fact]
    public async Task A_large_answer_arrives_whole_and_a_small_one_after_it_too()
    {
        var text = string.Concat(Enumerable.Repeat("A release is rolled back [1]. ", 20_000));
        Peers.Broker.OnComplete = (request, _) => Task.FromResult(FakeBroker.Completed(request, text));
        Assert.Equal(text, (await ChatAsync()).Text);
        Peers.Broker.OnComplete = null;

        Assert.Equal(FakeBroker.Text, (await ChatAsync("Another question?")).Text);
    }

    internal static IReadOnlyList<string> Timed(Reply reply) => [.. reply.Header("Server-Timing").Split(", ").Select(entry =>
    {
        var parts = entry.Split(";dur=");
        Assert.True(double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) >= 0);
        return parts[0];
    })];
}
