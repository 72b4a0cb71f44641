using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using Slipway.ModelBroker.Telemetry;
using Slipway.ModelBroker.Tests.Support;
using Slipway.ServiceDefaults.Telemetry;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_call_has_a_span_by_the_conventions_and_none_of_its_text()
    {
        var model = "sim-n11";
        var stopped = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = Listen(activity =>
        {
            if (activity.DisplayName == "chat " + model) stopped.TrySetResult(activity);
        });
        await using var sim = new SimHost();
        await using var broker = BrokerHost.For(sim.BaseUrl, model);
        await broker.StreamAsync(BrokerHost.Ask("a secret question", model));
        var span = await stopped.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("openai_compatible", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal(model, span.GetTagItem("gen_ai.response.model"));
        Assert.Equal(11, span.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.Equal(["stop"], (string[])span.GetTagItem("gen_ai.response.finish_reasons")!);
        Assert.True((double)span.GetTagItem("slipway.cost_usd")! > 0);
        Assert.NotNull(span.GetTagItem("gen_ai.response.time_to_first_chunk"));
        Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Prompts_and_answers_are_on_the_span_where_the_setting_says_so()
    {
        var model = "sim-n13";
        var stopped = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = Listen(activity =>
        {
            if (activity.DisplayName == "chat " + model) stopped.TrySetResult(activity);
        });
        await using var sim = new SimHost();
        await using var broker = BrokerHost.For(sim.BaseUrl, model);
        GenAiContent.IsCaptured = true;
        try
        {
            var reply = await broker.CompleteAsync(BrokerHost.Ask("a public question", model));
            var span = await stopped.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.Contains("""{"role":"user","parts":[{"type":"text","content":"a public question"}]}""", (string)span.GetTagItem("gen_ai.input.messages")!, StringComparison.Ordinal);
            Assert.Equal($$"""[{"role":"assistant","parts":[{"type":"text","content":"{{reply.Text}}"}],"finish_reason":"stop"}]""", span.GetTagItem("gen_ai.output.messages"));
        }
        finally
        {
            GenAiContent.IsCaptured = false;
        }
    }

    [Fact]
    public async Task Calls_are_measured_and_failures_named()
    {
        var model = "sim-n12";
        var seen = new ConcurrentQueue<(string Instrument, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == SlipwayTelemetry.Name) self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        await using var sim = new SimHost();
        await using var broker = BrokerHost.For(sim.BaseUrl, model, ("Slipway:Model:Rpm", "1"));
        await broker.CompleteAsync(BrokerHost.Ask(model: model));
        await broker.RefusalAsync(BrokerHost.Ask(model: model), within: TimeSpan.FromSeconds(30));

        var mine = seen.Where(item => Equals(item.Tags.GetValueOrDefault("gen_ai.request.model"), model)).ToList();
        Assert.Equal(12, mine.Single(item => item.Instrument == "gen_ai.client.token.usage" && Equals(item.Tags["gen_ai.token.type"], "output")).Value);
        Assert.True(mine.Single(item => item.Instrument == "gen_ai.client.token.usage" && Equals(item.Tags["gen_ai.token.type"], "input")).Value > 0);
        Assert.True(mine.Single(item => item.Instrument == "slipway.model.cost").Value > 0);
        Assert.Equal([null, "rate_limit_exceeded"], mine.Where(item => item.Instrument == "gen_ai.client.operation.duration").Select(item => item.Tags.GetValueOrDefault("error.type")));

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => seen.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary()));
    }

    [Fact]
    public async Task The_attempts_behind_an_answer_are_events_of_its_span()
    {
        const string ill = "sim-n13:status=500";
        var stopped = new ConcurrentQueue<Activity>();
        using var listener = Listen(activity =>
        {
            if (activity.DisplayName == "chat " + ill) stopped.Enqueue(activity);
        });
        await using var route = new SimRoute(ill, "sim-n14");
        await route.Broker.CompleteAsync(BrokerHost.Ask(model: "answer"));
        await route.Broker.StreamAsync(BrokerHost.Ask(model: "answer"));
        Assert.Equal(2, stopped.Count);
        foreach (var span in stopped)
        {
            var events = span.Events.Where(item => item.Name == "slipway.model.attempt").Select(item => item.Tags.ToDictionary());
            Assert.Equal([(ill, "transient"), (ill, "transient"), ("sim-n14", "ok")], events.Select(item => ((string)item["gen_ai.request.model"]!, (string)item["outcome"]!)));
            Assert.Equal("sim-n14", span.GetTagItem("slipway.model.answered"));
        }

        Assert.Equal($"{ill}, {ill}, sim-n14, {ill}, {ill}, sim-n14", route.Asked);
    }

    [Fact]
    public async Task The_state_of_a_breaker_and_every_attempt_are_measured()
    {
        // Its first six attempts fail, among them the first probe.
        const string ill = "sim-n15:status=401*6", well = "sim-n16";
        var seen = new ConcurrentQueue<(string Instrument, long Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name is "slipway.model.breaker" or "slipway.model.attempts") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => seen.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary())));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary())));
        listener.Start();
        var time = new FakeTimeProvider();
        await using var route = new SimRoute(time, "{}", [ill, well]);
        for (var i = 0; i < 5; i++) Assert.Equal(well, await AnsweredAsync($"{i}"));
        Assert.Equal((0, 2), (States()[0], States()[^1]));
        Assert.Equal(well, await AnsweredAsync("while it is open"));
        // A probe that fails doubles the pause.
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(well, await AnsweredAsync("the first probe"));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(well, await AnsweredAsync("too early"));
        time.Advance(TimeSpan.FromSeconds(2));
        // A healthy one is back with its first answer.
        Assert.Equal(ill, await AnsweredAsync("the second probe"));
        Assert.Equal(ill, await AnsweredAsync("from now on"));

        Assert.Equal([0, 2, 1, 2, 1, 0], States());
        Assert.Equal((6, 2, 2), (Attempts(ill, "auth"), Attempts(ill, "breaker_open"), Attempts(ill, "ok")));
        Assert.Equal(8, Attempts(well, "ok"));
        Assert.Equal((8, 8), (route.Seen.Count(entry => entry.Model == ill), route.Seen.Count(entry => entry.Model == well)));

        long[] States() => [.. seen.Where(item => item.Instrument == "slipway.model.breaker" && Equals(item.Tags["gen_ai.request.model"], ill)).Select(item => item.Value)];

        long Attempts(string model, string outcome) =>
            seen.Where(item => item.Instrument == "slipway.model.attempts" && Equals(item.Tags["gen_ai.request.model"], model) && Equals(item.Tags["outcome"], outcome)).Sum(item => item.Value);

        async Task<string> AnsweredAsync(string text) => (await route.Broker.CompleteAsync(BrokerHost.Ask(text, "answer"))).Model;
    }

    private static ActivityListener Listen(Action<Activity> stopped)
    {
        var listener = new ActivityListener { ShouldListenTo = source => source.Name == SlipwayTelemetry.Name, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = stopped };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
