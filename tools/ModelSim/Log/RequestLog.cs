using System.Collections.Immutable;

namespace Slipway.ModelSim.Log;

/// <summary>What the simulator was asked, in order, so that tests can check what a provider saw. The last 2,000 requests are kept.</summary>
internal sealed class RequestLog(TimeProvider time)
{
    private const int Kept = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<LogEntry> _entries = new();
    private readonly Dictionary<(string Model, string Key), int> _attempts = [];
    private TaskCompletionSource? _changed;
    private long _number;

    /// <summary>Notes a request that has arrived.</summary>
    /// <param name="path">Where it came.</param>
    /// <param name="model">The model as it was asked for, with its faults.</param>
    /// <param name="key">Stands for the caller's key; empty when there is none.</param>
    /// <param name="stream">Whether a stream is wanted.</param>
    /// <param name="body">The request's JSON.</param>
    public LogEntry Start(string path, string model, string key, bool stream, ReadOnlyMemory<byte> body)
    {
        lock (_gate)
        {
            // Names are the callers' choice: the counters must not grow without bound.
            if (_attempts.Count > Kept) _attempts.Clear();
            var attempt = _attempts[(model, key)] = _attempts.GetValueOrDefault((model, key)) + 1;
            var entry = new LogEntry(this, ++_number, time.GetUtcNow(), path, model, key, attempt, stream, body);
            _entries.Enqueue(entry);
            if (_entries.Count > Kept) _entries.Dequeue();
            Signal();
            return entry;
        }
    }

    /// <summary>The entries whose number is larger.</summary>
    public IReadOnlyList<LogEntry> Since(long number)
    {
        lock (_gate) return [.. _entries.Where(entry => entry.Number > number)];
    }

    /// <summary>Forgets all entries, whose numbers are not given again, and how often each model was tried.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _attempts.Clear();
        }
    }

    /// <summary>Waits until the entries are as wanted.</summary>
    public async Task WaitForAsync(Func<IReadOnlyList<LogEntry>, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            ImmutableArray<LogEntry> entries;
            lock (_gate)
            {
                entries = [.. _entries];
                changed = (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (wanted(entries)) return;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>All entries, when each has its outcome: what was sent is noted after it was sent.</summary>
    public async Task<IReadOnlyList<LogEntry>> EndedAsync(CancellationToken cancellationToken)
    {
        await WaitForAsync(entries => entries.All(entry => entry.EndedAt is not null), cancellationToken);
        return Since(0);
    }

    /// <summary>Changes an entry, and tells whoever waits.</summary>
    internal void Change(LogEntry entry, Action<LogEntry, DateTimeOffset> change)
    {
        lock (_gate)
        {
            change(entry, time.GetUtcNow());
            Signal();
        }
    }

    private void Signal()
    {
        if (_changed is not { } changed) return;
        _changed = null;
        changed.SetResult();
    }
}
