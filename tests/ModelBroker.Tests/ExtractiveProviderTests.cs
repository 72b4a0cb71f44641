using System.Diagnostics;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests;

public sealed class ExtractiveProviderTests : IAsyncDisposable
{
    private readonly BrokerHost _broker = new();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task It_quotes_from_the_passages_with_citations_free_of_charge()
    {
        var reply = await _broker.CompleteAsync(Question());
        Assert.Contains("To roll back a release, run `slipway release rollback`. [2]", reply.Text, StringComparison.Ordinal);
        Assert.Equal(("extractive", "extractive", "stop", 0.0, true), (reply.Model, reply.Provider, reply.FinishReason, reply.CostUsd, reply.Usage.Estimated));
        Assert.True(reply.Usage.PromptTokens > 30 && reply.Usage.CompletionTokens > 5);
    }

    [Fact]
    public async Task Its_stream_is_the_same_text_sentence_by_sentence()
    {
        var whole = await _broker.CompleteAsync(Question());
        var events = await _broker.StreamAsync(Question());
        Assert.Equal(whole.Text, string.Concat(events.SkipLast(1).Select(item => item.Text)));
        Assert.Equal(whole.Usage, events[^1].Completed.Usage);
    }

    [Fact]
    public async Task It_keeps_to_a_limit_and_a_stop_sequence()
    {
        var request = Question();
        request.MaxOutputTokens = 4;
        var reply = await _broker.CompleteAsync(request);
        Assert.Equal("length", reply.FinishReason);
        Assert.InRange(reply.Usage.CompletionTokens, 1, 4);
        request = Question();
        request.Stop.Add("slipway");
        Assert.DoesNotContain("slipway", (await _broker.CompleteAsync(request)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_of_a_million_tokens_is_refused_at_once()
    {
        var request = BrokerHost.Ask(string.Concat(Enumerable.Repeat("word ", 1_000_000)), "extractive");
        await _broker.CompleteAsync(Question());
        var started = Stopwatch.GetTimestamp();
        var error = await _broker.RefusalAsync(request);
        Assert.Equal((StatusCode.InvalidArgument, "context_length_exceeded", "messages"), (error.Status, error.Code, error.Param));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("")]
    public async Task An_unknown_model_is_not_found(string model)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var error = await _broker.RefusalAsync(BrokerHost.Ask(model: model), stream);
            Assert.Equal((StatusCode.NotFound, "model_not_found", "model"), (error.Status, error.Code, error.Param));
        }
    }

    [Fact]
    public async Task Requests_with_wrong_fields_are_refused_by_name()
    {
        Assert.Equal("messages", (await _broker.RefusalAsync(new CompleteRequest { Model = "extractive" })).Param);
        var request = Question();
        request.Messages[0].Role = "root";
        Assert.Equal("messages[0].role", (await _broker.RefusalAsync(request)).Param);
        request = Question();
        request.ToolsJson = "{";
        Assert.Equal("tools", (await _broker.RefusalAsync(request, stream: true)).Param);
        request = Question();
        request.MaxOutputTokens = 0;
        Assert.Equal("max_tokens", (await _broker.RefusalAsync(request)).Param);
    }

    private static CompleteRequest Question() => new()
    {
        Model = "extractive",
        RequestId = "r1",
        Messages =
        {
            new ChatMessage
            {
                Role = "system",
                Content = """
                    Answer from the passages.

                    <passage n="1" title="Quotas" section="">
                    Each tenant has a quota of requests per minute.
                    </passage>

                    <passage n="2" title="Releases" section="Roll back">
                    To roll back a release, run `slipway release rollback`. Traffic returns to the release before it within a second.
                    </passage>
                    """,
            },
            new ChatMessage { Role = "user", Content = "How do I roll back a release?" },
        },
    };
}
