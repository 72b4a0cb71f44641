using System.Runtime.CompilerServices;
using Slipway.Contracts;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// One stream for all who ask the same at once: its events, for whoever reads them from the beginning. It is given up when the last reader has left; a reader that leaves
/// before takes nothing from the others. The first who reads its end has the bill.
/// </summary>
internal sealed class Flight : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<CompleteEvent> _events = [];
    private readonly CancellationTokenSource _given = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;
    private bool _over;
    private int _readers;
    private int _billed;

    /// <summary>Cancelled when nobody reads any more.</summary>
    public CancellationToken Given => _given.Token;

    /// <summary>How many read it.</summary>
    public int Readers => Volatile.Read(ref _readers);

    /// <summary>Joins; false when everybody else has left already.</summary>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_given.IsCancellationRequested) return false;
            _readers++;
            return true;
        }
    }

    /// <summary>Leaves.</summary>
    /// <returns>Whether nobody is left.</returns>
    public bool Leave()
    {
        lock (_gate)
        {
            if (--_readers > 0) return false;
            if (_over) return true;
        }

        _given.Cancel();
        return true;
    }

    public void Add(CompleteEvent item) => Change(() => _events.Add(item));

    /// <summary>There is nothing more to come.</summary>
    public void End(Exception? failure) => Change(() =>
    {
        _over = true;
        _failure = failure;
    });

    /// <summary>Reads from the beginning.</summary>
    public async IAsyncEnumerable<CompleteEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var next = 0; ; )
        {
            CompleteEvent? item = null;
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
                if (next < _events.Count) item = _events[next++];
                else if (_failure is ModelBroker.Models.ModelException failed) throw new ModelBroker.Models.ModelException(failed.Kind, failed.Error, failed);
                else if (_failure is not null) throw new InvalidOperationException("The shared call failed.", _failure);
                else if (_over) yield break;
            }

            if (item is null) await changed.WaitAsync(cancellation);
            else if (item.Completed is { Shared: false } completed && Interlocked.Exchange(ref _billed, 1) == 1) yield return new CompleteEvent { Completed = Reuse.Again(completed) };
            else yield return item;
        }
    }

    public void Dispose() => _given.Dispose();

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            change();
            changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
