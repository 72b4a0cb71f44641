using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;

namespace Slipway.ModelBroker.Limits;

/// <summary>
/// The limits of one scope, a model or a tenant. A call that does not fit waits when its time allows: foreground before background, then whose time is over first.
/// It is refused at once when its turn would come too late, with the wait that it would have needed.
/// </summary>
internal sealed class Limiter(string scope, string what, LimitValues limits, SharedStore store, TimeProvider time) : IDisposable
{
    /// <summary>How often a call that waits for another to end looks again: the other may be another replica's.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly LocalLimits _local = new(limits);
    private readonly SharedLimits _shared = new(scope, limits, store, time);
    private readonly PriorityQueue<Waiter, (bool Background, DateTimeOffset Until, long Order)> _queue = new();
    private readonly HashSet<string> _leases = [];
    private TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _renewal;
    private long _order;
    private bool _pumping;
    private double _usualSeconds;

    /// <summary>Whether there is nothing to hold to.</summary>
    public bool IsNone => limits.IsNone;

    /// <summary>Whether tokens count, so that they have to be estimated.</summary>
    public bool CountsTokens => limits.Tpm is not null;

    /// <summary>Takes a place, waiting for it where that fits.</summary>
    /// <param name="tokens">The estimate of prompt and answer together.</param>
    /// <param name="until">When it is too late; the past: nobody waits.</param>
    /// <param name="background">Whether the others go first.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <exception cref="ModelException">A limit is reached, and waiting would take too long.</exception>
    public async ValueTask<Lease> AcquireAsync(long tokens, DateTimeOffset until, bool background, CancellationToken cancellation)
    {
        // Whoever comes later takes only what those who wait before him leave.
        var (ahead, tokensAhead) = Before(until, background);
        var (lease, grant) = await TryTakeAsync(tokens, ahead, tokensAhead);
        if (lease is not null) return lease;
        if (!Fits(grant, ahead, until)) throw Refused(grant, ahead);
        var waiter = new Waiter(tokens, until);
        lock (_gate)
        {
            _queue.Enqueue(waiter, (background, until, _order++));
            Signal();
            if (!_pumping)
            {
                _pumping = true;
                _ = PumpAsync();
            }
        }

        await using var left = cancellation.UnsafeRegister(static waiter => ((Waiter)waiter!).Leave(), waiter);
        return await waiter.Granted.Task;
    }

    public void Dispose() => _renewal?.Dispose();

    /// <summary>Lets the first of the queue go as soon as it may; ends when nobody waits.</summary>
    private async Task PumpAsync()
    {
        while (true)
        {
            Waiter? waiter;
            Task change;
            lock (_gate)
            {
                change = _change.Task;
                while (_queue.TryPeek(out waiter, out _) && waiter.HasLeft) _queue.Dequeue();
                if (waiter is null || _queue.Count == 0)
                {
                    _pumping = false;
                    return;
                }
            }

            var (lease, grant) = await TryTakeAsync(waiter.Tokens, 0, 0);
            if (lease is not null)
            {
                lock (_gate) _queue.Remove(waiter, out _, out _);
                if (!waiter.Grant(lease)) lease.Dispose();
                continue;
            }

            if (!Fits(grant, 0, waiter.Until))
            {
                lock (_gate) _queue.Remove(waiter, out _, out _);
                waiter.Refuse(Refused(grant, 0));
                continue;
            }

            var wait = grant.Wait is { } known ? known : Poll;
            var left = waiter.Until - time.GetUtcNow();
            if (left < wait) wait = left;
            if (wait < TimeSpan.FromMilliseconds(1)) wait = TimeSpan.FromMilliseconds(1);
            using var stop = new CancellationTokenSource();
            await Task.WhenAny(change, Task.Delay(wait, time, stop.Token));
            await stop.CancelAsync();
        }
    }

    /// <summary>How many wait who go before a call, and for how many tokens.</summary>
    private (int Calls, long Tokens) Before(DateTimeOffset until, bool background)
    {
        lock (_gate)
        {
            if (_queue.Count == 0) return (0, 0);
            var calls = 0;
            long tokens = 0;
            foreach (var (waiter, priority) in _queue.UnorderedItems)
            {
                if (waiter.HasLeft || priority.CompareTo((background, until, long.MaxValue)) > 0) continue;
                calls++;
                tokens += waiter.Tokens;
            }

            return (calls, tokens);
        }
    }

    private async ValueTask<(Lease? Lease, Grant Grant)> TryTakeAsync(long tokens, int ahead, long tokensAhead)
    {
        if (store.IsUsable)
        {
            var call = Guid.NewGuid().ToString("N");
            if (await _shared.TryAcquireAsync(call, tokens, ahead, tokensAhead) is { } grant)
            {
                if (!grant.Given) return (null, grant);
                lock (_gate)
                {
                    if (limits.MaxConcurrency is not null)
                    {
                        _leases.Add(call);
                        _renewal ??= time.CreateTimer(_ => _ = RenewAsync(), null, SharedLimits.LeaseLife / 3, SharedLimits.LeaseLife / 3);
                    }

                    return (new Lease(this, call, _local.Take(tokens, time.GetUtcNow()), time.GetTimestamp()), grant);
                }
            }
        }

        lock (_gate)
        {
            var now = time.GetUtcNow();
            var grant = _local.Ask(tokens, ahead, tokensAhead, store.Replicas, now);
            return grant.Given ? (new Lease(this, null, _local.Take(tokens, now), time.GetTimestamp()), grant) : (null, grant);
        }
    }

    private async Task RenewAsync()
    {
        string[] leases;
        lock (_gate) leases = [.. _leases];
        if (leases.Length > 0) await _shared.RenewAsync(leases);
    }

    private bool Fits(Grant grant, int ahead, DateTimeOffset until)
    {
        var left = until - time.GetUtcNow();
        return left > TimeSpan.Zero && Expected(grant, ahead) < left;
    }

    /// <summary>When a place is free again is known for windows; for calls at once it is guessed from how long they usually take.</summary>
    private TimeSpan Expected(Grant grant, int ahead) =>
        grant.Wait ?? TimeSpan.FromSeconds(Volatile.Read(ref _usualSeconds) * (ahead + 1) / Math.Max(1, limits.MaxConcurrency ?? 1));

    private ModelException Refused(Grant grant, int ahead)
    {
        // A second is about a short answer.
        var wait = grant.Wait ?? Expected(grant, ahead);
        if (wait <= TimeSpan.Zero) wait = TimeSpan.FromSeconds(1);
        return new(FailureKind.Limited, new ServiceError(StatusCode.ResourceExhausted, "rate_limit_exceeded", $"{what} has reached its limit of {grant.Reason}.", RetryAfter: wait));
    }

    private void Signal()
    {
        var change = _change;
        _change = new(TaskCreationOptions.RunContinuationsAsynchronously);
        change.TrySetResult();
    }

    private void Return(string? call, SlidingWindow.Taken? taken, long? used, long since)
    {
        lock (_gate)
        {
            _local.Return(taken, used);
            if (call is not null) _leases.Remove(call);
            var seconds = time.GetElapsedTime(since).TotalSeconds;
            _usualSeconds = _usualSeconds == 0 ? seconds : (0.8 * _usualSeconds) + (0.2 * seconds);
        }

        if (call is not null && (limits.MaxConcurrency is not null || (limits.Tpm is not null && used is not null))) _ = ReturnSharedAsync(call, used);
        else
            lock (_gate) Signal();
    }

    private async Task ReturnSharedAsync(string call, long? used)
    {
        await _shared.ReturnAsync(call, used);
        lock (_gate) Signal();
    }

    /// <summary>A place; disposing gives it back.</summary>
    internal sealed class Lease(Limiter limiter, string? call, SlidingWindow.Taken? taken, long since) : IDisposable
    {
        private long? _used;
        private int _returned;

        /// <summary>Replaces the estimate by what was used.</summary>
        public void Settle(Usage usage) => _used = usage.PromptTokens + usage.CompletionTokens;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0) limiter.Return(call, taken, _used, since);
        }
    }

    private sealed class Waiter(long tokens, DateTimeOffset until)
    {
        public long Tokens => tokens;

        public DateTimeOffset Until => until;

        public TaskCompletionSource<Lease> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasLeft => Granted.Task.IsCompleted;

        public bool Grant(Lease lease) => Granted.TrySetResult(lease);

        public void Refuse(ModelException refusal) => Granted.TrySetException(refusal);

        public void Leave() => Granted.TrySetCanceled();
    }
}
