using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Slipway.ServiceDefaults.Telemetry.Export;

/// <summary>Counts what is lost on the way to the collector: nobody waits for it, so it must be seen.</summary>
internal static class Lost
{
    private static readonly Counter<long> Spans = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.telemetry.spans_lost", "{span}", "Spans that did not reach the collector: the queue was full, or it did not take them.");

    private static readonly Counter<long> Exports = SlipwayTelemetry.Meter.CreateCounter<long>(
        "slipway.telemetry.failed_exports", "{export}", "Batches of spans, metrics or logs that the collector did not take.");

    public static void Span(string reason, long count = 1) => Spans.Add(count, new KeyValuePair<string, object?>("reason", reason));

    public static void Export() => Exports.Add(1);
}

/// <summary>OpenTelemetry's queue of spans, which counts what does not fit or is not taken, and sleeps while there are none.</summary>
internal sealed class CountedBatch : BatchActivityExportProcessor
{
    /// <summary>Milliseconds.</summary>
    private const int Turn = 100;

    private readonly Lock _gate = new();
    private readonly CountedExporter _counted;
    private readonly int _most;
    private readonly Soon _soon;
    private long _waiting;

    /// <param name="counted">Where the spans go.</param>
    /// <param name="options">The queue's size, and how long a span waits at most.</param>
    /// <param name="time">The clock.</param>
    public CountedBatch(CountedExporter counted, BatchExportProcessorOptions<Activity> options, TimeProvider time)
        : base(counted, options.MaxQueueSize, Soon.Otherwise, options.ExporterTimeoutMilliseconds, options.MaxExportBatchSize)
    {
        (_counted, _most) = (counted, options.MaxQueueSize);
        _soon = new Soon(() => ForceFlush(0), TimeSpan.FromMilliseconds(options.ScheduledDelayMilliseconds), time);
    }

    /// <inheritdoc />
    public override void OnEnd(Activity data)
    {
        if (!data.Recorded) return;
        base.OnEnd(data);
        _soon.Come();
        // The queue does not tell what it drops, but what is neither in it nor taken from it was dropped.
        lock (_gate)
        {
            _waiting = _waiting + 1 - _counted.Take();
            if (_waiting <= _most) return;
            _waiting--;
        }

        Lost.Span("queue_full");
    }

    /// <inheritdoc />
    protected override bool OnForceFlush(int timeoutMilliseconds)
    {
        // The queue exports a batch each time it is woken. It is empty already while the last batch is on its way.
        if (timeoutMilliseconds == 0) return base.OnForceFlush(0);
        var since = Stopwatch.GetTimestamp();
        while (!base.OnForceFlush(Turn) || !_counted.IsDone(Turn))
            if (timeoutMilliseconds != Timeout.Infinite && Stopwatch.GetElapsedTime(since).TotalMilliseconds >= timeoutMilliseconds) return false;
        return true;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) _soon.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>OpenTelemetry's OTLP exporter, which counts what it takes.</summary>
internal sealed class CountedExporter(OtlpExporterOptions options) : OtlpTraceExporter(options)
{
    private readonly Lock _exporting = new();
    private long _taken;

    /// <summary>How many spans were taken since the last time.</summary>
    public long Take() => Interlocked.Exchange(ref _taken, 0);

    /// <summary>Whether no batch is on its way; waits some milliseconds for that.</summary>
    public bool IsDone(int milliseconds)
    {
        if (!_exporting.TryEnter(milliseconds)) return false;
        _exporting.Exit();
        return true;
    }

    /// <inheritdoc />
    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        Interlocked.Add(ref _taken, activityBatch.Count);
        ExportResult result;
        lock (_exporting) result = base.Export(activityBatch);
        if (result != ExportResult.Success) Lost.Span("not_taken", activityBatch.Count);
        return result;
    }
}

/// <summary>Counts the failures that OpenTelemetry's OTLP exporters report, of every signal, as events of their source.</summary>
internal sealed class FailedExports : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    /// <inheritdoc />
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter) EnableEvents(eventSource, EventLevel.Error);
    }

    /// <inheritdoc />
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name == Exporter) Lost.Export();
    }
}
