using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Slipway.ServiceDefaults.Telemetry.Export;

/// <summary>
/// Has a queue exported a while after the first item came. OpenTelemetry's queues look after themselves each while, items or not, which is most of what telemetry costs a stack
/// that has nothing to do.
/// </summary>
/// <param name="export">Has a batch of it exported, without waiting for that; says whether there was nothing to export.</param>
/// <param name="after">The while.</param>
/// <param name="time">The clock.</param>
internal sealed class Soon(Func<bool> export, TimeSpan after, TimeProvider time) : IDisposable
{
    /// <summary>What the queue itself waits then, in milliseconds: it is woken when it is to export, when a batch is full and at its end.</summary>
    public const int Otherwise = 60_000;

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private volatile bool _due;
    private bool _ended;

    /// <summary>An item has come.</summary>
    public void Come()
    {
        if (_due) return;
        lock (_gate)
        {
            if (_due || _ended) return;
            _due = true;
            _timer ??= time.CreateTimer(static self => ((Soon)self!).Export(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(after, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _timer?.Dispose();
        }
    }

    private void Export()
    {
        // Whatever comes from now on may not be seen by this export.
        _due = false;
        Interlocked.MemoryBarrier();
        // What is more than a batch has its turn a while later.
        if (!export()) Come();
    }
}

/// <summary>Has the logs exported a while after the first one came; stands after their queue.</summary>
internal sealed class SoonLogs : BaseProcessor<LogRecord>
{
    private readonly Soon _soon;

    /// <param name="after">The while.</param>
    /// <param name="time">The clock.</param>
    public SoonLogs(TimeSpan after, TimeProvider time) => _soon = new Soon(() => ParentProvider is not LoggerProvider provider || provider.ForceFlush(0), after, time);

    /// <inheritdoc />
    public override void OnEnd(LogRecord data) => _soon.Come();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) _soon.Dispose();
        base.Dispose(disposing);
    }
}
