using System.Text.Json.Nodes;
using Grpc.Core;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.OpenAi;

public sealed class StreamTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task A_stream_is_role_then_text_then_finish_reason_then_done()
    {
        var reply = await StreamAsync();

        Assert.Equal((200, "text/event-stream; charset=utf-8"), (reply.Status, reply.ContentType));
        Assert.Equal("no-cache", reply.Header("Cache-Control"));
        Assert.Equal("[DONE]", reply.Events[^1]);
        Assert.Equal(FakeBroker.Text, reply.StreamedText);
        var choices = reply.Chunks.Select(chunk => chunk["choices"]!.AsArray().Single()!).ToList();
        Assert.Equal("assistant", choices[0]["delta"]!["role"]!.GetValue<string>());
        Assert.All(choices.Skip(1), choice => Assert.Null(choice["delta"]!["role"]));
        Assert.All(choices.SkipLast(1), choice => Assert.Null(choice["finish_reason"]));
        Assert.Equal("stop", choices[^1]["finish_reason"]!.GetValue<string>());
        Assert.Null(choices[^1]["delta"]!["content"]);
        Assert.All(reply.Chunks, chunk =>
        {
            Assert.Equal("chat.completion.chunk", chunk["object"]!.GetValue<string>());
            Assert.Equal("chatcmpl-" + RequestId, chunk["id"]!.GetValue<string>());
            Assert.Equal("assistant", chunk["model"]!.GetValue<string>());
            Assert.Null(chunk["usage"]);
        });
    }

    [Fact]
    public async Task The_last_chunk_with_a_choice_has_citations_and_all_that_slipway_knows()
    {
        var last = (await StreamAsync()).Chunks[^1];

        var annotation = last["choices"]![0]!["delta"]!["annotations"]!.AsArray().Single()!["url_citation"]!;
        Assert.Equal("slipway://documents/doc-1", annotation["url"]!.GetValue<string>());
        Assert.Equal("doc-1#0", last["slipway"]!["citations"]![0]!["chunk_id"]!.GetValue<string>());
        Assert.Equal("first", last["slipway"]!["model"]!.GetValue<string>());
        Assert.Equal(0.0125, last["slipway"]!["cost_usd"]!.GetValue<double>());
        Assert.Contains("record", last["slipway"]!["timings_ms"]!.AsObject().Select(item => item.Key));
        Assert.Equal("fp_1", last["system_fingerprint"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_headers_of_a_stream_say_what_is_known_at_the_first_text()
    {
        var reply = await StreamAsync();

        Assert.Equal((RequestId, "r1", "miss", ""), (reply.Header("x-slipway-request-id"), reply.Header("x-slipway-release"), reply.Header("x-slipway-cache"), reply.Header("x-slipway-cost-usd")));
        Assert.Equal(["flags", "cache", "retrieval", "prompt", "model"], ChatCompletionTests.Timed(reply));
    }

    [Fact]
    public async Task Include_usage_adds_a_chunk_without_choices_before_done()
    {
        var reply = await StreamAsync(more: ",\"stream_options\":{\"include_usage\":true}");

        var last = reply.Chunks[^1];
        Assert.Empty(last["choices"]!.AsArray());
        Assert.Equal("""{"prompt_tokens":42,"completion_tokens":12,"total_tokens":54}""", last["usage"]!.ToJsonString());
        Assert.All(reply.Chunks.SkipLast(1), chunk => Assert.True(chunk.AsObject().ContainsKey("usage") && chunk["usage"] is null));
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    [Fact]
    public async Task The_first_text_is_sent_before_the_model_has_finished()
    {
        var more = new TaskCompletionSource();
        Peers.Broker.OnStream = async (request, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "A release is " }, context.CancellationToken);
            await more.Task;
            await FakeBroker.WriteAsync(request, events, context, "rolled back [1].");
        };
        using var request = Request(HttpMethod.Post, "/v1/chat/completions", new StringContent(Chat(stream: true), null, "application/json"));
        using var response = await Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));

        var first = await reader.ReadLineAsync(Cancellation);
        Assert.Equal("A release is", JsonNode.Parse(first!["data: ".Length..])!["choices"]![0]!["delta"]!["content"]!.GetValue<string>());
        more.SetResult();
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_breaks_after_its_first_text_ends_with_the_error_and_without_done()
    {
        Peers.Broker.OnStream = async (_, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "A release is rolled " }, context.CancellationToken);
            throw Failing.With(StatusCode.Internal);
        };

        var reply = await StreamAsync();

        Assert.Equal(200, reply.Status);
        Assert.DoesNotContain("[DONE]", reply.Body, StringComparison.Ordinal);
        var error = reply.Chunks[^1]["error"]!;
        Assert.Equal(("server_error", "upstream_error"), (error["type"]!.GetValue<string>(), error["code"]!.GetValue<string>()));
        reply.MustNotLeak();
        Assert.Single(Peers.Broker.Streams.All);
        var record = await RecordAsync();
        Assert.Equal((502, "upstream_error", true), (record.Status, record.ErrorCode, record.Stream));
    }

    [Fact]
    public async Task A_stream_that_ends_without_a_finish_reason_is_not_sold_as_whole()
    {
        Peers.Broker.OnStream = (_, events, context) => events.WriteAsync(new CompleteEvent { Text = "A release is rolled " }, context.CancellationToken);

        var reply = await StreamAsync();

        Assert.DoesNotContain("[DONE]", reply.Body, StringComparison.Ordinal);
        Assert.NotNull(reply.Chunks[^1]["error"]);
        Assert.DoesNotContain(Peers.Cache.Stores.Requests, store => store.Key.Tier == CacheTier.Output && store.Key.Scope.Tenant == Tenant);
        Assert.Contains("lease-", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant)).Request.Lease, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_broker_and_is_recorded_as_499()
    {
        Peers.Broker.OnStream = async (_, events, context) =>
        {
            await events.WriteAsync(new CompleteEvent { Text = "A release is rolled " }, context.CancellationToken);
            await Failing.Never<int>(context);
        };
        using (var request = Request(HttpMethod.Post, "/v1/chat/completions", new StringContent(Chat(stream: true), null, "application/json")))
        {
            using var response = await Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
            Assert.Contains("A release is", await reader.ReadLineAsync(Cancellation), StringComparison.Ordinal);
        }

        var call = await Peers.Broker.Streams.FirstAsync(stream => stream.RequestId == RequestId);
        await CancelledAsync(call.Cancelled);
        var record = await RecordAsync();
        Assert.Equal((499, "client_closed_request", true), (record.Status, record.ErrorCode, record.Stream));
        Assert.Equal("lease", (await Peers.Cache.Abandons.FirstAsync(abandon => abandon.Key.Tier == CacheTier.Output && abandon.Key.Scope.Tenant == Tenant)).Request.Lease[..5]);
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_answer_cancels_the_call_that_is_on()
    {
        Peers.Retrieval.OnSearch = (_, context) => Failing.Never<SearchResponse>(context);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var request = Request(HttpMethod.Post, "/v1/chat/completions", new StringContent(Chat(), null, "application/json"));
        var asking = Host.Http.SendAsync(request, leaving.Token);
        var call = await Peers.Retrieval.Searches.FirstAsync(search => search.Tenant == Tenant);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await CancelledAsync(call.Cancelled);
        Assert.Equal(499, (await RecordAsync()).Status);
        Assert.Empty(Peers.Broker.Completes.All);
    }

    [Fact]
    public async Task Marks_and_secrets_cut_into_pieces_are_treated_as_if_they_were_whole()
    {
        Peers.Broker.OnStream = (request, events, context) => FakeBroker.WriteAsync(
            request, events, context, "Key s", "k-abcdefghij", "klmnopqrstuv", "wxyz0123 is [", "2", "] not [", "9", "] for [1", ", 3] you.");

        var reply = await StreamAsync();

        Assert.Equal("Key [redacted] is [2] not for [1][3] you.", reply.StreamedText);
        Assert.Equal([1, 2, 3], reply.Chunks[^1]["slipway"]!["citations"]!.AsArray().Select(citation => citation!["number"]!.GetValue<int>()));
        Assert.DoesNotContain("abcdefghij", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_answer_is_a_stream_as_well()
    {
        Peers.Broker.OnStream = (request, events, context) => FakeBroker.WriteAsync(request, events, context);

        var reply = await StreamAsync();

        Assert.Equal("assistant", reply.Chunks.Single()["choices"]![0]!["delta"]!["role"]!.GetValue<string>());
        Assert.Equal("[DONE]", reply.Events[^1]);
    }

    [Fact]
    public async Task A_refusal_before_the_first_text_is_a_plain_error()
    {
        Peers.Broker.OnStream = (_, _, _) => throw ServiceError.Invalid("messages", "Too long.", "context_length_exceeded").ToException();

        (await StreamAsync()).MustBeError(400, "context_length_exceeded", "messages");
    }

    private static Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }
}
