namespace Slipway.ModelSim.Log;

/// <summary>What the simulator was asked, in order, so that tests can check what a provider saw. The last 2,000 requests are kept.</summary>
internal sealed class RequestLog(TimeProvider time)
{
    private const int Kept = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<Entry> _entries = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _number;

    /// <summary>Notes a request that has arrived.</summary>
    public Entry Start(string path, string model, bool stream, string body)
    {
        lock (_gate)
        {
            var entry = new Entry(this, ++_number, time.GetUtcNow(), path, model, stream, body);
            _entries.Enqueue(entry);
            if (_entries.Count > Kept) _entries.Dequeue();
            Signal();
            return entry;
        }
    }

    /// <summary>The entries whose number is larger.</summary>
    public IReadOnlyList<Entry> Since(long number)
    {
        lock (_gate) return [.. _entries.Where(entry => entry.Number > number)];
    }

    /// <summary>Forgets all entries; their numbers are not given again.</summary>
    public void Clear()
    {
        lock (_gate) _entries.Clear();
    }

    /// <summary>Waits until the entries are as wanted.</summary>
    public async Task WaitForAsync(Func<IReadOnlyList<Entry>, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (wanted([.. _entries])) return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    /// <summary>One request.</summary>
    internal sealed class Entry(RequestLog log, long number, DateTimeOffset at, string path, string model, bool stream, string body)
    {
        public long Number => number;

        public DateTimeOffset At => at;

        public string Path => path;

        public string Model => model;

        public bool Stream => stream;

        /// <summary>The request's JSON as it came.</summary>
        public string Body => body;

        /// <summary><c>running</c>, <c>completed</c>, <c>refused</c> or <c>cancelled</c> (the client left before the end).</summary>
        public string Outcome { get; private set; } = "running";

        /// <summary>The status sent; 0 while running.</summary>
        public int Status { get; private set; }

        public int PromptTokens { get; private set; }

        public int TokensSent { get; private set; }

        public void Finish(int status, int promptTokens, int tokensSent)
        {
            lock (log._gate)
            {
                (Outcome, Status, PromptTokens, TokensSent) = (status < 400 ? "completed" : "refused", status, promptTokens, tokensSent);
                log.Signal();
            }
        }

        public void Cancel()
        {
            lock (log._gate)
            {
                Outcome = "cancelled";
                log.Signal();
            }
        }
    }
}
