using Slipway.ModelBroker.Models;
using Slipway.ServiceDefaults.Tasks;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// One call for all who ask the same at once. It is given up when the last of them has left; one who leaves before takes nothing from the others. The first who has the reply
/// has the bill.
/// </summary>
/// <param name="again">The reply for the others.</param>
internal sealed class CallsAtOnce<TReply>(Func<TReply, TReply> again)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Shared> _calls = new(StringComparer.Ordinal);
    private TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when so many share a call: a test's signal.</summary>
    internal async Task WhenCallersAsync(int callers)
    {
        while (true)
        {
            Task joined;
            lock (_gate)
            {
                if (_calls.Values.Any(shared => shared.Callers >= callers)) return;
                joined = _joined.Task;
            }

            await joined;
        }
    }

    /// <summary>Joins the call of this key, or makes it.</summary>
    public async Task<TReply> CallAsync(string key, ModelCall call, Func<ModelCall, Task<TReply>> make)
    {
        Shared? shared;
        lock (_gate)
        {
            if (_calls.TryGetValue(key, out shared))
            {
                shared.Callers++;
                Flights.Note("coalesced");
            }
            else
            {
                _calls[key] = shared = new Shared { Callers = 1 };
                shared.Reply = MakeAsync(key, shared, () => make(call.With(shared.Given.Token)));
            }

            _joined.TrySetResult();
            _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            var reply = await shared.Reply.WaitAsync(call.Cancellation);
            return Interlocked.Exchange(ref shared.Billed, 1) == 0 ? reply : again(reply);
        }
        catch (ModelException failed)
        {
            // One that several throw mixes up their stack traces.
            throw new ModelException(failed.Kind, failed.Error, failed);
        }
        finally
        {
            Leave(key, shared);
        }
    }

    private async Task<TReply> MakeAsync(string key, Shared shared, Func<Task<TReply>> make)
    {
        // Off the lock.
        await Task.Yield();
        try
        {
            return await make();
        }
        finally
        {
            lock (_gate) Remove(key, shared);
        }
    }

    private void Leave(string key, Shared shared)
    {
        lock (_gate)
        {
            if (--shared.Callers > 0) return;
            // Whoever asks now makes a call of his own.
            Remove(key, shared);
        }

        if (shared.Reply.IsCompleted) return;
        shared.Given.Cancel();
        shared.Reply.LeaveBehind();
    }

    private void Remove(string key, Shared shared)
    {
        if (_calls.TryGetValue(key, out var current) && current == shared) _calls.Remove(key);
    }

    private sealed class Shared
    {
        public CancellationTokenSource Given { get; } = new();

        public Task<TReply> Reply { get; set; } = Task.FromException<TReply>(new InvalidOperationException());

        public int Callers { get; set; }

        public int Billed;
    }
}
