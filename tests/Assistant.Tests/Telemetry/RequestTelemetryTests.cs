using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.Assistant.Tests.Telemetry;

public sealed class RequestTelemetryTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task Each_stage_is_a_span_with_its_budget_its_tenant_and_its_route()
    {
        using var spans = new Spans();
        Assert.Equal(200, (await ChatAsync()).Status);
        await RecordAsync();
        foreach (var stage in (string[])["flags", "retrieval", "prompt", "model", "post", "record"])
        {
            var span = spans.Of(stage).First(span => Equals(span.GetTagItem("slipway.tenant"), Tenant));
            Assert.Equal(stage, span.GetTagItem("slipway.stage"));
            Assert.Equal("chat.completions", span.GetTagItem("slipway.route"));
            Assert.True((double)span.GetTagItem("slipway.budget_ms")! > 0);
            Assert.Equal(false, span.GetTagItem("slipway.over_budget"));
            Assert.NotEmpty((string)span.GetTagItem("slipway.release")!);
        }
    }

    [Fact]
    public async Task Metrics_tell_time_tokens_cost_and_degradations_by_route_and_tenant()
    {
        using var seen = new Measurements();
        Peers.Retrieval.OnSearch = (_, _) => Task.FromResult(FakeRetrieval.Found(SearchMode.Keyword, degradedReason: "vectors_unavailable"));
        Assert.Equal(200, (await ChatAsync()).Status);
        var record = await RecordAsync();

        var duration = Assert.Single(seen.Of("slipway.request.duration"), item => item.Has("slipway.tenant", Tenant));
        Assert.Equal(record.TotalMs / 1000, duration.Value);
        Assert.True(duration.Has("slipway.route", "chat.completions") && duration.Has("slipway.cache", "miss") && duration.Has("slipway.outcome", "ok"));
        Assert.Equal(
            [record.Usage.PromptTokens, record.Usage.CompletionTokens],
            seen.Of("slipway.tokens").Where(item => item.Has("slipway.tenant", Tenant)).Select(item => (int)item.Value));
        Assert.Equal(record.CostUsd > 0 ? 1 : 0, seen.Of("slipway.cost").Count(item => item.Has("slipway.tenant", Tenant)));
        Assert.Contains(seen.Of("slipway.degraded"), item => item.Has("slipway.stage", "retrieval") && item.Has("slipway.rung", "keyword"));
        Assert.Contains(seen.Of("slipway.stage.duration"), item => item.Has("slipway.stage", "gateway"));
    }

    [Fact]
    public async Task A_thousand_names_of_models_that_nobody_has_make_no_series()
    {
        using var seen = new Measurements();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (i, _) =>
            Assert.Equal(404, (await PostAsync("/v1/chat/completions", $$"""{"model":"no-such-model-{{i}}","messages":[{"role":"user","content":"Hello"}]}""")).Status));
        Assert.Equal(1000, seen.Of("slipway.request.duration").Count(item => item.Has("slipway.tenant", Tenant) && item.Has("slipway.outcome", "client")));
        Assert.DoesNotContain(seen.All, item => item.Labels.Values.Any(value => value is string text && text.Contains("no-such-model", StringComparison.Ordinal)));
    }

    private sealed class Measurements : IDisposable
    {
        private readonly ConcurrentQueue<Measured> _seen = new();
        private readonly MeterListener _listener;

        public Measurements()
        {
            _listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == SlipwayTelemetry.Name) self.EnableMeasurementEvents(instrument); } };
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _seen.Enqueue(new Measured(instrument.Name, value, tags.ToArray().ToDictionary())));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _seen.Enqueue(new Measured(instrument.Name, value, tags.ToArray().ToDictionary())));
            _listener.Start();
        }

        public IEnumerable<Measured> All => _seen;

        public IEnumerable<Measured> Of(string name) => _seen.Where(item => item.Name == name);

        public void Dispose() => _listener.Dispose();
    }

    private sealed record Measured(string Name, double Value, Dictionary<string, object?> Labels)
    {
        public bool Has(string label, string value) => Labels.TryGetValue(label, out var own) && Equals(own, value);
    }
}
