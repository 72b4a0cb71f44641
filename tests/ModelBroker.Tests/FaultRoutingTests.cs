using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Tests.Support;

namespace Slipway.ModelBroker.Tests;

/// <summary>Every fault of the simulator through the broker's routing, judged by what the provider saw: how often it was asked, where, and after which wait.</summary>
public sealed class FaultRoutingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    // A rate limit is no reason to wait while another model answers at once, but for a short wait that the provider names.
    [InlineData("rate-limit", "F, sim")]
    [InlineData("rate-limit-seconds=30", "F, sim")]
    [InlineData("rate-limit-date=30", "F, sim")]
    [InlineData("rate-limit-ms=5000", "F, sim")]
    [InlineData("rate-limit-ms=150*1", "F, F")]
    [InlineData("quota", "F, sim")]
    // What may pass at once is tried once more, then elsewhere.
    [InlineData("status=500", "F, F, sim")]
    [InlineData("status=502", "F, F, sim")]
    [InlineData("status=503", "F, F, sim")]
    [InlineData("status=504", "F, F, sim")]
    [InlineData("status=500*1", "F, F")]
    [InlineData("reset", "F, F, sim")]
    [InlineData("reset*1", "F, F")]
    [InlineData("html=502", "F, F, sim")]
    // What waiting does not help.
    [InlineData("status=401", "F, sim")]
    [InlineData("status=403", "F, sim")]
    [InlineData("status=404", "F, sim")]
    // Only a model with a larger window could take it: the third.
    [InlineData("context-length", "F, sim-n41")]
    public async Task A_refused_attempt_is_repeated_or_made_elsewhere_by_its_class(string fault, string expected)
    {
        foreach (var stream in (bool[])[false, true])
        {
            await using var route = new SimRoute("sim:" + fault, "sim", """sim-n41 {"contextWindow":16384}""");
            var reply = await AskAsync(route, stream);
            Assert.Equal((stream, expected.Replace("F", "sim:" + fault, StringComparison.Ordinal)), (stream, route.Asked));
            Assert.Equal((route.Seen[^1].Model, "stop"), (reply.Model, reply.FinishReason));
            // Only the answer costs.
            var answered = (await route.Sim.Log.EndedAsync(Cancellation))[^1];
            Assert.Equal((answered.PromptTokens * 2e-6) + (answered.TokensSent * 8e-6), reply.CostUsd, 12);
        }
    }

    [Theory]
    [InlineData("rate-limit*2", 2, 0, 1_500)]
    [InlineData("rate-limit-seconds=1*1", 1, 1_000, 1_600)]
    [InlineData("rate-limit-date=2*1", 1, 0, 2_600)]
    [InlineData("rate-limit-ms=300*2", 2, 300, 900)]
    [InlineData("status=503*1", 1, 0, 700)]
    [InlineData("reset*1", 1, 0, 700)]
    [InlineData("empty*1", 1, 0, 700)]
    [InlineData("html=200*1", 1, 0, 700)]
    public async Task Where_nobody_else_can_answer_the_same_model_is_asked_again_after_the_wait(string fault, int waits, int least, int most)
    {
        await using var route = new SimRoute("sim:" + fault);
        var reply = await AskAsync(route, stream: false);
        Assert.Equal(("sim:" + fault, "stop", waits + 1), (reply.Model, reply.FinishReason, route.Seen.Count));
        // A busy machine may add to a wait, and takes nothing from it.
        for (var i = 1; i <= waits; i++) Assert.InRange(route.Gap(i).TotalMilliseconds, least, most + 5_000);
    }

    [Fact]
    public async Task A_model_that_asked_for_a_wait_is_not_asked_before_it_is_over()
    {
        await using var route = new SimRoute("sim:rate-limit-seconds=1*1", "sim");
        for (var i = 0; i < 3; i++) await AskAsync(route, stream: i == 1, text: $"{i}");
        Assert.Equal("sim:rate-limit-seconds=1*1, sim, sim, sim", route.Asked);
        var first = route.Seen[0].At;
        // The next attempt on it is no earlier than it said.
        while (route.Seen[^1].Model == "sim") await AskAsync(route, stream: false, text: $"again {route.Seen.Count}");
        Assert.True(route.Seen[^1].At - first >= TimeSpan.FromMilliseconds(990), $"It was asked {(route.Seen[^1].At - first).TotalMilliseconds} ms after.");
    }

    [Theory]
    [InlineData("silence", true)]
    [InlineData("silence", false)]
    [InlineData("slow-first=60000", true)]
    public async Task A_silent_or_slow_model_is_left_at_its_limit_and_not_asked_again(string fault, bool stream)
    {
        await using var route = new SimRoute($"sim:{fault} {{\"firstTokenSeconds\":0.3}}", "sim");
        var reply = await AskAsync(route, stream, within: stream ? null : TimeSpan.FromSeconds(4));
        Assert.Equal(("sim", $"sim:{fault}, sim"), (reply.Model, route.Asked));
        await route.Sim.Log.WaitForAsync(entries => entries[0].Outcome == "cancelled", Cancellation);
        // Counted from its arrival, which may be late.
        Assert.InRange(route.Gap(1).TotalMilliseconds, stream ? 50 : 1_000, 20_000);
    }

    [Theory]
    [InlineData("cut=0", "F, sim")]
    [InlineData("stall=0", "F, sim")]
    [InlineData("no-finish+cut=0", "F, sim")]
    public async Task A_stream_that_ends_before_its_first_text_is_answered_in_full_by_another(string fault, string expected)
    {
        await using var route = new SimRoute($"sim:{fault} {{\"firstTokenSeconds\":0.5}}", "sim");
        var reply = await AskAsync(route, stream: true);
        Assert.Equal(("sim", expected.Replace("F", "sim:" + fault, StringComparison.Ordinal), 40), (reply.Model, route.Asked, Words(reply)));
    }

    [Theory]
    [InlineData("cut=3", 3)]
    [InlineData("stall=3", 3)]
    [InlineData("error-event=3", 3)]
    [InlineData("no-finish", 40)]
    public async Task A_stream_that_breaks_off_after_text_is_gone_on_with_or_fails(string fault, int shown)
    {
        var model = $"sim:{fault} {{\"firstTokenSeconds\":0.5}}";
        await using (var route = new SimRoute(model, "sim"))
        {
            // Nobody takes the words that were shown: they are no success.
            var error = await route.Broker.RefusalAsync(BrokerHost.Ask(model: "answer"), stream: true);
            Assert.Equal(StatusCode.Unavailable, fault == "stall=3" ? StatusCode.Unavailable : error.Status);
            Assert.Equal(fault switch { "stall=3" => "upstream_timeout", "error-event=3" => "upstream_error", _ => "upstream_cut" }, error.Code);
            Assert.Equal("sim:" + fault, route.Asked);
        }

        await using (var route = new SimRoute(model, "sim-n41", """sim {"assistantPrefill":true}"""))
        {
            var reply = await AskAsync(route, stream: true);
            // The simulator's answer begins without a space, which joins two words.
            Assert.Equal(("sim", "stop", $"sim:{fault}, sim", shown + 39), (reply.Model, reply.FinishReason, route.Asked, Words(reply)));
            Assert.Contains("\"role\":\"assistant\"", route.Seen[1].Body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("malformed=3")]
    [InlineData("no-done")]
    [InlineData("no-done+stay-open")]
    [InlineData("no-usage")]
    public async Task What_does_no_harm_to_a_stream_is_no_reason_to_ask_again(string fault)
    {
        await using var route = new SimRoute("sim:" + fault, "sim");
        var reply = await AskAsync(route, stream: true);
        Assert.Equal(("sim:" + fault, "sim:" + fault, 40, fault == "no-usage"), (reply.Model, route.Asked, Words(reply), reply.Usage.Estimated));
    }

    [Theory]
    [InlineData("refusal", "content_filter")]
    [InlineData("status=400", "invalid_request_error")]
    public async Task A_refusal_is_passed_on_and_never_routed_around(string fault, string code)
    {
        await using var route = new SimRoute("sim:" + fault, "sim");
        foreach (var stream in (bool[])[false, true]) Assert.Equal(code, (await route.Broker.RefusalAsync(BrokerHost.Ask(model: "answer"), stream)).Code);
        Assert.Equal($"sim:{fault}, sim:{fault}", route.Asked);
    }

    [Fact]
    public async Task An_answer_that_the_filter_ended_and_json_of_another_shape_are_passed_on_as_they_are()
    {
        await using (var route = new SimRoute("sim:content-filter", "sim"))
        {
            foreach (var stream in (bool[])[false, true]) Assert.Equal("content_filter", (await AskAsync(route, stream)).FinishReason);
            Assert.Equal("sim:content-filter, sim:content-filter", route.Asked);
        }

        foreach (var (fault, text) in (IEnumerable<(string, string)>)[("wrong-json", """{"unexpected": [true]}"""), ("broken-json", """Here is your JSON: {"answer":""")])
        {
            await using var route = new SimRoute("sim:" + fault, "sim");
            var request = new CompleteRequest(BrokerHost.Ask(model: "answer")) { ResponseFormatJson = """{"type":"json_object"}""" };
            Assert.Equal((text, "sim:" + fault), ((await route.Broker.CompleteAsync(request)).Text, route.Asked));
        }
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_for_all_fails_at_once_and_never_again_at_the_same_model()
    {
        await using var route = new SimRoute("sim:context-length", "sim");
        foreach (var stream in (bool[])[false, true]) Assert.Equal("context_length_exceeded", (await route.Broker.RefusalAsync(BrokerHost.Ask(model: "answer"), stream)).Code);
        Assert.Equal("sim:context-length, sim:context-length", route.Asked);
    }

    [Fact]
    public async Task Another_version_that_answers_is_told_once()
    {
        await using var route = new SimRoute("sim:drift=2", "sim");
        for (var i = 0; i < 4; i++) await AskAsync(route, stream: i % 2 == 0, text: $"{i}");
        var events = (await route.Broker.Client.DescribeModelsAsync(new DescribeModelsRequest(), cancellationToken: Cancellation)).Events;
        Assert.Equal(["sim:drift=2 version: 'sim-v2' answers; before it was 'sim:drift=2'."], events.Select(item => $"{item.Model} {item.Kind}: {item.Detail}"));
    }

    private static int Words(CompleteResponse reply) => reply.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private static async Task<CompleteResponse> AskAsync(SimRoute route, bool stream, string text = "How do I roll back?", TimeSpan? within = null)
    {
        var request = BrokerHost.Ask(text, "answer");
        if (!stream)
        {
            var deadline = within is { } time ? TimeProvider.System.GetUtcNow().UtcDateTime + time : (DateTime?)null;
            return await route.Broker.Client.CompleteAsync(request, deadline: deadline, cancellationToken: Cancellation);
        }

        var events = await route.Broker.StreamAsync(request);
        Assert.Single(events, item => item.Completed is not null);
        return new CompleteResponse(events[^1].Completed) { Text = string.Concat(events.Select(item => item.Text)) };
    }
}
