using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Classification;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Tests;

/// <summary>Classifications that are packed into one chat and split again.</summary>
public sealed class PackingTests
{
    private static readonly CatalogModel Model = new(
        "m", new ModelEntry { ContextWindow = 8192, InputCostPerToken = 2e-6, OutputCostPerToken = 8e-6 }, new CatalogProvider("p", false, null, null, TimeSpan.FromSeconds(120), "max_tokens"));

    private readonly FakeTimeProvider _time = new();
    private readonly Classifier _classifier = new();
    private readonly PackingModel _packing;

    public PackingTests() => _packing = new PackingModel(_classifier, Model, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_that_come_together_share_one_chat_and_its_bill_exactly()
    {
        var calls = new[] { AskAsync("good day"), AskAsync("bad luck", "good"), AskAsync("so bad") };
        Assert.Empty(_classifier.Chats);
        _time.Advance(PackingModel.Window);
        var replies = await Task.WhenAll(calls);

        Assert.Equal([["good"], ["bad", "good"], ["bad"]], replies.Select(reply => reply.Labels));
        Assert.Equal(["good day", "bad luck", "good", "so bad"], Texts(Assert.Single(_classifier.Chats)));
        // 101 tokens over 8, 12 and 6 characters; 41 over 1, 2 and 1 labels.
        Assert.Equal([31, 47, 23], replies.Select(reply => reply.Usage.PromptTokens));
        Assert.Equal([10, 21, 10], replies.Select(reply => reply.Usage.CompletionTokens));
        Assert.Equal(Classifier.Bill, replies.Sum(reply => reply.CostUsd), 15);
        Assert.Equal((47 * 2e-6) + (21 * 8e-6), replies[1].CostUsd, 12);
        Assert.All(replies, reply => Assert.Equal(("m", "p"), (reply.Model, reply.Provider)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(32)]
    public async Task Shares_add_up_to_the_bill_whatever_the_lengths(int count)
    {
        var random = new Random(count);
        var calls = Enumerable.Range(0, count).Select(_ => AskAsync("good " + new string('x', random.Next(0, 400)))).ToArray();
        _time.Advance(PackingModel.Window);
        var replies = await Task.WhenAll(calls);

        Assert.Single(_classifier.Chats);
        Assert.Equal((101, 41), (replies.Sum(reply => reply.Usage.PromptTokens), replies.Sum(reply => reply.Usage.CompletionTokens)));
        Assert.Equal(Classifier.Bill, replies.Sum(reply => reply.CostUsd), 15);
        Assert.All(replies, reply => Assert.True(reply.CostUsd >= 0));
    }

    [Fact]
    public async Task Only_the_same_labels_instructions_and_tenant_go_together()
    {
        var calls = new[]
        {
            AskAsync("good"), SendAsync(Request("good")), SendAsync(new ClassifyRequest(Request("good")) { Tenant = "other" }), SendAsync(new ClassifyRequest(Request("good")) { Instructions = "By mood." }),
            SendAsync(new ClassifyRequest(Request("good")) { Labels = { "neither" } }),
        };
        _time.Advance(PackingModel.Window);
        await Task.WhenAll(calls);
        Assert.Equal([1, 1, 1, 2], _classifier.Chats.Select(chat => Texts(chat).Count).Order());
        Assert.Contains(_classifier.Chats, chat => chat.Messages[0].Content.EndsWith("By mood.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_chat_is_bounded_in_texts_and_characters_and_a_large_request_takes_several()
    {
        var long1 = AskAsync("good " + new string('x', 9_000));
        var long2 = AskAsync("bad " + new string('x', 9_000));
        _time.Advance(PackingModel.Window);
        Assert.Equal(["good", "bad"], (await Task.WhenAll(long1, long2)).Select(reply => reply.Labels[0]));
        Assert.Equal(2, _classifier.Chats.Count);

        _classifier.Chats.Clear();
        var many = AskAsync([.. Enumerable.Range(0, 70).Select(i => i % 3 == 0 ? $"good {i}" : $"bad {i}")]);
        _time.Advance(PackingModel.Window);
        var reply = await many;
        Assert.Equal(Enumerable.Range(0, 70).Select(i => i % 3 == 0 ? "good" : "bad"), reply.Labels);
        Assert.Equal([6, 32, 32], _classifier.Chats.Select(chat => Texts(chat).Count).Order());
        Assert.Equal((303, 123), (reply.Usage.PromptTokens, reply.Usage.CompletionTokens));
        Assert.Equal(3 * Classifier.Bill, reply.CostUsd, 12);
    }

    [Theory]
    [InlineData("""{"1":"good"}""")]
    [InlineData("""{"1":"good","2":"bad","2":"bad"}""")]
    [InlineData("""{"1":"good","2":"ugly","7":"bad"}""")]
    [InlineData("""{"1":"good","2":null,"x":"bad"}""")]
    [InlineData("""{"1":"good","2":["bad"]}""")]
    public async Task A_text_without_one_known_label_is_asked_again_alone(string answer)
    {
        _classifier.Answers.Enqueue(answer);
        var (first, second) = (AskAsync("good"), AskAsync("bad"));
        _time.Advance(PackingModel.Window);
        var replies = await Task.WhenAll(first, second);

        Assert.Equal([["good"], ["bad"]], replies.Select(reply => reply.Labels));
        Assert.Equal([["good", "bad"], ["bad"]], _classifier.Chats.Select(Texts));
        // The second call is the bill of the one who needed it.
        Assert.Equal(2 * Classifier.Bill, replies.Sum(reply => reply.CostUsd), 15);
        Assert.True(replies[1].CostUsd > Classifier.Bill && replies[0].CostUsd < Classifier.Bill);
        Assert.Equal(202, replies.Sum(reply => reply.Usage.PromptTokens));
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("[\"good\"]")]
    [InlineData("{\"1\":\"go")]
    public async Task When_the_answer_is_unreadable_each_is_asked_alone(string answer)
    {
        _classifier.Answers.Enqueue(answer);
        var calls = new[] { AskAsync("good"), AskAsync("bad", "good") };
        _time.Advance(PackingModel.Window);
        Assert.Equal([["good"], ["bad", "good"]], (await Task.WhenAll(calls)).Select(reply => reply.Labels));
        Assert.Equal([1, 1, 1, 3], _classifier.Chats.Select(chat => Texts(chat).Count).Order());
    }

    [Fact]
    public async Task A_text_that_twice_gets_no_label_is_its_own_callers_error_alone()
    {
        _classifier.Unlabelled = "odd";
        var calls = new[] { AskAsync("good"), AskAsync("bad", "odd"), AskAsync("bad") };
        _time.Advance(PackingModel.Window);
        Assert.Equal("good", (await calls[0]).Labels[0]);
        Assert.Equal("bad", (await calls[2]).Labels[0]);
        var failure = await Assert.ThrowsAsync<ModelException>(() => calls[1]);
        Assert.Equal(("classification_failed", "input[1]", FailureKind.Transient), (failure.Error.Code, failure.Error.Param, failure.Kind));
        Assert.Contains("input[1]", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, _classifier.Chats.Count);
    }

    [Fact]
    public async Task A_text_that_the_filter_refuses_fails_its_own_call_alone()
    {
        _classifier.Refused = "vile";
        var (good, bad) = (AskAsync("good"), AskAsync("vile"));
        _time.Advance(PackingModel.Window);
        Assert.Equal("good", (await good).Labels[0]);
        Assert.Equal(FailureKind.ContentFilter, (await Assert.ThrowsAsync<ModelException>(() => bad)).Kind);
        Assert.Equal(3, _classifier.Chats.Count);
    }

    [Fact]
    public async Task A_caller_that_leaves_takes_nothing_from_the_others_and_its_text_is_not_sent_any_more()
    {
        using var early = new CancellationTokenSource();
        using var late = new CancellationTokenSource();
        _classifier.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (leaving, going, staying) = (SendAsync(Request("bad 1"), early.Token), SendAsync(Request("bad 2"), late.Token), AskAsync("good"));
        await early.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        _time.Advance(PackingModel.Window);
        await late.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => going);
        _classifier.Gate.SetResult();
        Assert.Equal("good", (await staying).Labels[0]);
        Assert.Equal(["bad 2", "good"], Texts(Assert.Single(_classifier.Chats)));
    }

    [Fact]
    public async Task Whoever_comes_after_all_have_left_is_answered()
    {
        using var leaves = new CancellationTokenSource();
        var leaving = SendAsync(Request("bad"), leaves.Token);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        var calls = new[] { AskAsync("good"), AskAsync("bad") };
        _time.Advance(PackingModel.Window);
        Assert.Equal(["good", "bad"], (await Task.WhenAll(calls)).Select(reply => reply.Labels[0]));
        Assert.Single(_classifier.Chats);
    }

    [Fact]
    public void The_schema_has_each_number_once_and_only_the_labels()
    {
        var chat = PackedChat.Write(Request("x"), ["a \"quoted\" ä", "b"], background: true);
        Assert.True(chat.Background);
        Assert.Equal("""{"texts":{"1":"a \"quoted\" ä","2":"b"}}""", chat.Messages[1].Content);
        Assert.Equal(
            """{"type":"json_schema","json_schema":{"name":"labels","strict":true,"schema":{"type":"object","properties":{"1":{"$ref":"#/$defs/label"},"2":{"$ref":"#/$defs/label"}},"required":["1","2"],"additionalProperties":false,"$defs":{"label":{"type":"string","enum":["good","bad"]}}}}}""",
            chat.ResponseFormatJson);
    }

    private static ClassifyRequest Request(params string[] texts) => new() { Tenant = "t", RequestId = "r", Model = "m", Texts = { texts }, Labels = { "good", "bad" } };

    private static List<string> Texts(CompleteRequest chat) =>
        [.. JsonDocument.Parse(chat.Messages[1].Content).RootElement.GetProperty("texts").EnumerateObject().Select(text => text.Value.GetString()!)];

    private Task<ClassifyResponse> AskAsync(params string[] texts) => SendAsync(Request(texts));

    private Task<ClassifyResponse> SendAsync(ClassifyRequest request, CancellationToken? cancellation = null) =>
        _packing.CallAsync(request, new ModelCall { Route = [Model], Tenant = request.Tenant, Cancellation = cancellation ?? Cancellation });

    /// <summary>Gives each text the label that it begins with or contains; a chat has 101 and 41 tokens.</summary>
    private sealed class Classifier : IModel<CompleteRequest, CompleteResponse>
    {
        public const double Bill = (101 * 2e-6) + (41 * 8e-6);

        public ConcurrentQueue<CompleteRequest> Chats { get; } = new();

        /// <summary>What is answered instead, first.</summary>
        public ConcurrentQueue<string> Answers { get; } = new();

        public string? Unlabelled { get; set; }

        public string? Refused { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public async Task<CompleteResponse> CallAsync(CompleteRequest request, ModelCall call)
        {
            Chats.Enqueue(request);
            if (Gate is { } gate) await gate.Task.WaitAsync(call.Cancellation);
            var texts = Texts(request);
            if (Refused is not null && texts.Contains(Refused)) throw new ModelException(FailureKind.ContentFilter, ServiceError.Invalid("messages", "No.", "content_filter"));
            if (!Answers.TryDequeue(out var answer))
                answer = JsonSerializer.Serialize(texts.Select((text, i) => (text, i)).Where(item => item.text != Unlabelled).ToDictionary(item => $"{item.i + 1}", item => item.text.Contains("good", StringComparison.Ordinal) ? "good" : "bad"));
            return new CompleteResponse { Model = "m", Provider = "p", Text = answer, FinishReason = "stop", Usage = new Usage { PromptTokens = 101, CompletionTokens = 41 }, CostUsd = Bill };
        }
    }
}
