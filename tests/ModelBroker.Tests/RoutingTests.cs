using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

/// <summary>What happens after a failure, by what the providers see.</summary>
public sealed class RoutingTests : IDisposable
{
    private readonly TempFolder _assets = new();

    public void Dispose() => _assets.Dispose();

    [Theory]
    [InlineData(500, "", 2)]
    [InlineData(503, "", 2)]
    [InlineData(200, "not json", 2)]
    [InlineData(401, "{}", 1)]
    [InlineData(402, "{}", 1)]
    [InlineData(403, "{}", 1)]
    [InlineData(404, "{}", 1)]
    [InlineData(429, "{}", 1)]
    [InlineData(429, """{"error":{"code":"insufficient_quota"}}""", 1)]
    public async Task Another_model_answers_after_as_many_attempts_as_make_sense(int status, string body, int attempts)
    {
        await using var first = ScriptedProvider.Answering(status, body);
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("second", second, ""));
        var reply = await broker.CompleteAsync(BrokerHost.Ask(model: "answer"));
        Assert.Equal(("second", "Hi."), (reply.Model, reply.Text));
        // What failed costs nothing.
        Assert.Equal((100 * 2e-6) + (10 * 8e-6), reply.CostUsd, 12);
        Assert.Equal((attempts, 1), (first.Bodies.Count, second.Bodies.Count));

        var events = await broker.StreamAsync(new CompleteRequest(BrokerHost.Ask(model: "first")) { Fallbacks = { "unknown", "first", "second" } });
        Assert.Equal("second", events[0].Model);
        Assert.Equal(("second", "Hi."), (events[^1].Completed.Model, string.Concat(events.Select(item => item.Text))));
    }

    [Theory]
    [InlineData(400, """{"error":{"code":"content_filter","message":"m"}}""", "content_filter")]
    [InlineData(400, """{"error":{"code":"unsupported_value","message":"m","param":"temperature"}}""", "unsupported_value")]
    public async Task A_refusal_of_the_request_itself_is_never_routed_around(int status, string body, string code)
    {
        await using var first = ScriptedProvider.Answering(status, body);
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("second", second, ""));
        foreach (var stream in (bool[])[false, true]) Assert.Equal(code, (await broker.RefusalAsync(BrokerHost.Ask(model: "answer"), stream)).Code);
        Assert.Equal((2, 0), (first.Bodies.Count, second.Bodies.Count));
    }

    [Fact]
    public async Task An_answer_that_the_filter_ended_is_passed_on_as_it_is()
    {
        await using var first = ScriptedProvider.Streaming([ScriptedProvider.Chunk("I can"), ScriptedProvider.Chunk(null, "content_filter"), ScriptedProvider.UsageChunk, ScriptedProvider.Done]);
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("second", second, ""));
        Assert.Equal("content_filter", (await broker.StreamAsync(BrokerHost.Ask(model: "answer")))[^1].Completed.FinishReason);
        Assert.Empty(second.Bodies);
    }

    [Fact]
    public async Task A_prompt_that_was_too_long_goes_only_to_a_larger_window()
    {
        const string tooLong = """{"error":{"code":"context_length_exceeded","message":"m","param":"messages"}}""";
        await using var first = ScriptedProvider.Answering(400, tooLong);
        await using var same = ScriptedProvider.Saying("never");
        await using var larger = ScriptedProvider.Saying("Hi.");
        await using (var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("same", same, ""), ("larger", larger, "")))
        {
            foreach (var stream in (bool[])[false, true])
                Assert.Equal("larger", stream ? (await broker.StreamAsync(BrokerHost.Ask(model: "answer")))[^1].Completed.Model : (await broker.CompleteAsync(BrokerHost.Ask(model: "answer"))).Model);
        }

        await using var none = BrokerHost.With(null, _assets, ("first", first, ""), ("same", same, ""));
        Assert.Equal("context_length_exceeded", (await none.RefusalAsync(BrokerHost.Ask(model: "answer"))).Code);
        Assert.Equal((3, 0, 2), (first.Bodies.Count, same.Bodies.Count, larger.Bodies.Count));
    }

    [Theory]
    [InlineData("Retry-After", "0.2", 200)]
    [InlineData("retry-after-ms", "150", 150)]
    public async Task A_wait_that_fits_is_kept_where_nobody_else_can_answer(string header, string value, int milliseconds)
    {
        var times = new List<long>();
        await using var first = new ScriptedProvider(async context =>
        {
            times.Add(Stopwatch.GetTimestamp());
            if (times.Count == 1)
            {
                context.Response.StatusCode = 429;
                context.Response.Headers[header] = value;
                return;
            }

            await context.Response.WriteAsync(ScriptedProvider.Whole);
        });
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""));
        Assert.Equal("Hi.", (await broker.CompleteAsync(BrokerHost.Ask(model: "first"))).Text);
        Assert.True(Stopwatch.GetElapsedTime(times[0], times[1]).TotalMilliseconds >= milliseconds - 5);
    }

    [Fact]
    public async Task A_model_that_asked_for_a_wait_is_left_alone_until_then()
    {
        await using var first = ScriptedProvider.Answering(429, "{}", ("Retry-After", "30"));
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("second", second, ""));
        for (var i = 0; i < 3; i++) Assert.Equal("second", (await broker.CompleteAsync(BrokerHost.Ask(model: "answer"))).Model);
        Assert.Single(first.Bodies);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_model_is_left_after_its_share_and_not_asked_again(bool stream)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = new ScriptedProvider(context =>
        {
            context.RequestAborted.Register(left.SetResult);
            return left.Task;
        });
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("second", second, ""));
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5);
        if (stream) Assert.Equal("second", await ModelOfAsync(broker.Client.CompleteStream(new CompleteRequest(BrokerHost.Ask(model: "answer")) { FirstTextMs = 3000 }, cancellationToken: TestContext.Current.CancellationToken)));
        else Assert.Equal("second", (await broker.Client.CompleteAsync(BrokerHost.Ask(model: "answer"), deadline: deadline, cancellationToken: TestContext.Current.CancellationToken)).Model);
        await left.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Single(second.Bodies);
    }

    [Fact]
    public async Task A_model_slow_to_its_first_token_is_left_at_its_own_limit()
    {
        await using var first = ScriptedProvider.Streaming([], context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ", \"firstTokenSeconds\": 0.2"), ("second", second, ""));
        Assert.Equal("second", (await broker.StreamAsync(BrokerHost.Ask(model: "answer")))[^1].Completed.Model);
        Assert.Single(first.Bodies);
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("reset")]
    [InlineData("stalled")]
    public async Task A_stream_that_breaks_off_before_text_is_answered_in_full_by_another(string how)
    {
        await using var first = ScriptedProvider.Streaming([], context => End(how, context));
        await using var second = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ", \"firstTokenSeconds\": 0.3"), ("second", second, ""));
        var events = await broker.StreamAsync(BrokerHost.Ask(model: "answer"));
        Assert.Equal(("second", "Hi."), (events[^1].Completed.Model, string.Concat(events.Select(item => item.Text))));
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("stalled")]
    public async Task A_stream_that_breaks_off_after_text_is_completed_by_a_model_that_goes_on_with_it(string how)
    {
        await using var first = ScriptedProvider.Streaming([ScriptedProvider.Chunk("To roll "), ScriptedProvider.Chunk("back ")], context => End(how, context));
        await using var plain = ScriptedProvider.Saying("never");
        await using var third = ScriptedProvider.Streaming([ScriptedProvider.Chunk(" a release."), ScriptedProvider.Chunk(null, "stop"), ScriptedProvider.UsageChunk, ScriptedProvider.Done]);
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ", \"firstTokenSeconds\": 0.3"), ("plain", plain, ""), ("third", third, ", \"assistantPrefill\": true"));
        var events = await broker.StreamAsync(BrokerHost.Ask(model: "answer"));
        Assert.Equal("To roll back a release.", string.Concat(events.Select(item => item.Text)));
        Assert.Equal(("third", "stop", 100), (events[^1].Completed.Model, events[^1].Completed.FinishReason, events[^1].Completed.Usage.PromptTokens));
        Assert.Single(events, item => item.Completed is not null);
        Assert.Empty(plain.Bodies);
        Assert.Contains("\"content\":\"To roll back\"", third.Bodies.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_answer_is_gone_on_with_once_by_the_same_model_where_it_can()
    {
        await using var first = ScriptedProvider.Streaming([ScriptedProvider.Chunk("To roll ")]);
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ", \"assistantPrefill\": true"));
        using var call = broker.Client.CompleteStream(BrokerHost.Ask(model: "first"), cancellationToken: TestContext.Current.CancellationToken);
        var text = "";
        var exception = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var item in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken)) text += item.Text;
        });
        Assert.Equal("upstream_cut", ServiceError.From(exception)!.Code);
        Assert.Equal("To roll To roll ", text);
        Assert.Equal(2, first.Bodies.Count);
    }

    [Fact]
    public async Task Words_of_the_assistant_are_not_sent_to_a_fallback_that_cannot_take_them()
    {
        await using var first = ScriptedProvider.Answering(500, "");
        await using var plain = ScriptedProvider.Saying("never");
        await using var third = ScriptedProvider.Saying("Hi.");
        await using var broker = BrokerHost.With(null, _assets, ("first", first, ""), ("plain", plain, ""), ("third", third, ", \"assistantPrefill\": true"));
        var request = BrokerHost.Ask(model: "answer");
        request.Messages.Add(new ChatMessage { Role = "assistant", Content = "To roll" });
        Assert.Equal("third", (await broker.CompleteAsync(request)).Model);
        Assert.Empty(plain.Bodies);
    }

    private static async Task<string> ModelOfAsync(AsyncServerStreamingCall<CompleteEvent> call)
    {
        using (call)
        {
            await foreach (var item in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
                if (item.Completed is { } completed) return completed.Model;
            return "";
        }
    }

    private static Task End(string how, HttpContext context)
    {
        if (how == "stalled") return Task.Delay(Timeout.Infinite, context.RequestAborted);
        if (how == "reset") context.Abort();
        return Task.CompletedTask;
    }
}
