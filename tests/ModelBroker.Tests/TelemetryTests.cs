using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
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
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SlipwayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName == "chat " + model) stopped.TrySetResult(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
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
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SlipwayTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName == "chat " + model) stopped.TrySetResult(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
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
}
