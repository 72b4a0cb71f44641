namespace Slipway.Retrieval.Vectors;

/// <summary>
/// Whether the vector index can be used: a circuit breaker. A lost connection opens it at once, and so does a late command when none was answered in time for
/// <see cref="VectorOptions.SilenceMs"/>: a busy machine is late in bursts, and an index that is given up for each of them is hardly used. One answered probe closes it; while it is open nobody waits for the index.
/// Each closing after a lost connection begins a new <see cref="Epoch"/>: what a set held before it must be verified before the set is trusted again. A process that was only slow has lost nothing.
/// </summary>
internal sealed partial class VectorLink(IVectorIndex index, VectorOptions options, TimeProvider time, ILogger<VectorLink> logger) : BackgroundService
{
    /// <summary>A burst of late answers is over soon.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _epoch;
    private volatile bool _available;
    private volatile VectorFault _fault = VectorFault.Unavailable;
    private bool _lost = true;
    private long _answered = time.GetTimestamp();

    /// <summary>Raised after each change of <see cref="IsAvailable"/>.</summary>
    public event Action? Changed;

    /// <summary>Whether the index answered when it was last asked.</summary>
    public bool IsAvailable => _available;

    /// <summary>Why it is not available.</summary>
    public VectorFault Fault => _fault;

    /// <summary>Grows each time that the index becomes available after its connection was lost. 0 before the first time.</summary>
    public long Epoch => Interlocked.Read(ref _epoch);

    /// <summary>Completes once the index was asked for the first time.</summary>
    public Task Known => _known.Task;

    /// <summary>A call was answered.</summary>
    public void ReportSuccess() => Volatile.Write(ref _answered, time.GetTimestamp());

    /// <summary>A call failed. If that opens the breaker, nobody waits for the index until a probe succeeds.</summary>
    public void ReportFailure(VectorFault fault)
    {
        lock (_gate)
        {
            _lost |= fault == VectorFault.Unavailable;
            if (!_available) return;
            if (fault == VectorFault.Timeout && time.GetElapsedTime(Volatile.Read(ref _answered)) < TimeSpan.FromMilliseconds(options.SilenceMs)) return;
            _fault = fault;
            _available = false;
            _failed.TrySetResult();
        }

        LogAway(fault);
        Changed?.Invoke();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first connection attempt blocks for as long as it may take.
        await Task.Yield();
        var longest = TimeSpan.FromMilliseconds(options.ProbeMs);
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            var answered = await ProbeAsync(stoppingToken);
            Task failed;
            lock (_gate)
            {
                if (answered && !_available)
                {
                    _failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (_lost) Interlocked.Increment(ref _epoch);
                    _lost = false;
                    ReportSuccess();
                    _available = true;
                }

                failed = _failed.Task;
            }

            if (answered)
            {
                LogBack(Epoch);
                Changed?.Invoke();
            }

            _known.TrySetResult();
            try
            {
                if (answered)
                {
                    await failed.WaitAsync(stoppingToken);
                    pause = FirstPause;
                }

                await Task.Delay(pause < longest ? pause : longest, time, stoppingToken);
                if (pause < longest) pause *= 2;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await index.PingAsync(cancellationToken);
            return true;
        }
        catch (VectorIndexException exception)
        {
            _fault = exception.Fault;
            lock (_gate) _lost |= exception.Fault == VectorFault.Unavailable;
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(100, LogLevel.Warning, "The vector index is away ({Fault}): searches answer from keywords alone.")]
    private partial void LogAway(VectorFault fault);

    [LoggerMessage(101, LogLevel.Information, "The vector index answers (epoch {Epoch}).")]
    private partial void LogBack(long epoch);
}
