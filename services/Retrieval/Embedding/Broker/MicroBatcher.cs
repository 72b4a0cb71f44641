namespace Slipway.Retrieval.Embedding.Broker;

/// <summary>
/// Gathers texts that are wanted at about the same time into one call. The first text opens a batch; it is sent when the time to gather is over or when it is full. A caller that leaves
/// takes nothing from the others; when all have left, the call is cancelled.
/// </summary>
internal sealed class MicroBatcher(Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<float[]>>> send, TimeSpan gather, int most, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Batch? _open;

    /// <summary>The vector of a text, from a call that it may share.</summary>
    public async Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Batch batch;
        int place;
        bool full;
        lock (_gate)
        {
            // One that everybody has left is cancelled: it is no use joining it.
            if (_open is not { } open || !open.TryJoin(text, out place)) (_open = open = Open()).TryJoin(text, out place);
            batch = open;
            full = place + 1 == most;
            if (full) _open = null;
        }

        if (full) batch.Send();
        try
        {
            return (await batch.Vectors.WaitAsync(cancellationToken))[place];
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            batch.Leave();
            throw;
        }
    }

    private Batch Open()
    {
        var batch = new Batch(send);
        batch.Timer = time.CreateTimer(_ => Close(batch), null, gather, Timeout.InfiniteTimeSpan);
        return batch;
    }

    private void Close(Batch batch)
    {
        lock (_gate)
        {
            if (_open != batch) return;
            _open = null;
        }

        batch.Send();
    }

    private sealed class Batch(Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<float[]>>> send)
    {
        private readonly Lock _gate = new();
        private readonly List<string> _texts = [];
        private readonly CancellationTokenSource _abandoned = new();
        private readonly TaskCompletionSource<IReadOnlyList<float[]>> _vectors = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _present;
        private bool _left;

        public ITimer? Timer { get; set; }

        public Task<IReadOnlyList<float[]>> Vectors => _vectors.Task;

        public bool TryJoin(string text, out int place)
        {
            lock (_gate)
            {
                place = _texts.Count;
                if (_left) return false;
                _texts.Add(text);
                _present++;
                return true;
            }
        }

        public void Leave()
        {
            lock (_gate)
            {
                if (--_present > 0) return;
                _left = true;
            }

            _abandoned.Cancel();
        }

        public void Send() => _ = SendAsync();

        private async Task SendAsync()
        {
            Timer?.Dispose();
            try
            {
                _vectors.TrySetResult(await send(_texts, _abandoned.Token));
            }
            catch (Exception exception)
            {
                _vectors.TrySetException(exception);
                // Who still waits hears of it; when nobody does it is no unobserved exception.
                _ = _vectors.Task.Exception;
            }
        }
    }
}
