using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Slipway.ServiceDefaults.Telemetry.Keeping;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed class KeptTracesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Activity> _sent = [];

    [Fact]
    public void A_kept_trace_sends_the_spans_that_ended_before_and_those_that_end_after()
    {
        var traces = new KeptTraces(_sent.Add, _time);
        var (trace, other) = (ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom());
        traces.Offer(Span(trace, "before"));
        traces.Offer(Span(other, "of another"));
        Assert.Empty(_sent);
        traces.Keep(trace);
        traces.Keep(trace);
        traces.Offer(Span(trace, "after"));
        Assert.Equal(["before", "after"], _sent.Select(span => span.OperationName));
        Assert.All(_sent, span => Assert.True(span.Recorded));
    }

    [Fact]
    public void A_trace_that_nobody_asks_for_is_forgotten_after_its_wait()
    {
        var traces = new KeptTraces(_sent.Add, _time);
        var trace = ActivityTraceId.CreateRandom();
        traces.Offer(Span(trace, "old"));
        _time.Advance(KeptTraces.Wait + TimeSpan.FromSeconds(1));
        traces.Offer(Span(ActivityTraceId.CreateRandom(), "new"));
        traces.Keep(trace);
        Assert.Empty(_sent);
    }

    [Fact]
    public void More_spans_than_fit_push_out_the_oldest_traces()
    {
        var traces = new KeptTraces(_sent.Add, _time, most: 100);
        var ids = Enumerable.Range(0, 300).Select(_ => ActivityTraceId.CreateRandom()).ToList();
        foreach (var id in ids) traces.Offer(Span(id, "span"));
        foreach (var id in ids) traces.Keep(id);
        Assert.Equal(ids[^100..].Select(id => id.ToHexString()), _sent.Select(span => span.TraceId.ToHexString()));
    }

    private static Activity Span(ActivityTraceId trace, string name)
    {
        var span = new Activity(name);
        span.SetParentId(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        span.Start();
        span.Stop();
        return span;
    }
}
