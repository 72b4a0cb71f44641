using System.Collections.Concurrent;
using System.Security.Cryptography;
using Slipway.Cache.Entries;
using Slipway.Cache.Generations;
using Slipway.Cache.Keys;
using Slipway.Cache.Options;

namespace Slipway.Cache.Leases;

/// <summary>
/// Protection from stampedes: of all the callers that miss one key, in all replicas, one works the value out.
/// <list type="number">
/// <item>The first caller of a replica asks Redis for the lease; the replica's others wait behind it.</item>
/// <item>Who has got the lease looks once more for the entry: the previous holder may have stored it between this caller's miss and the lease.</item>
/// <item>While callers wait, one loop for each key looks in Redis for the value and for a free lease (abandoned, or expired with its holder), which goes to the
/// caller that has waited longest.</item>
/// <item>A value stored in this replica completes its waiters at once.</item>
/// </list>
/// Without Redis the same happens within each replica, by its own clock.
/// </summary>
internal sealed class LeaseTable(EntryStore entries, RedisLeases redis, CacheOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Flight> _flights = new(StringComparer.Ordinal);

    /// <summary>How many keys are being worked out.</summary>
    internal int Count => _flights.Count;

    /// <summary>How many callers wait for the key.</summary>
    internal int WaitingFor(string key)
    {
        if (!_flights.TryGetValue(key, out var flight)) return 0;
        lock (flight.Gate) return flight.Waiters.Count;
    }

    /// <summary>For a caller that found no entry.</summary>
    internal async ValueTask<LeaseOutcome> JoinAsync(EntryAddress address, Generation generation, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        while (true)
        {
            var flight = _flights.GetOrAdd(address.Entry, static (_, state) => new Flight(state.address, state.generation), (address, generation));
            LinkedListNode<TaskCompletionSource<LeaseOutcome>>? waiter = null;
            lock (flight.Gate)
            {
                if (flight.Closed) continue;
                // Nobody watches an unwaited flight: the first to meet it after its lease has ended, or that cannot know of its holder, asks again.
                var free = flight.Expired(time.GetUtcNow()) || flight.Holder == Holder.Elsewhere;
                if (free && !flight.Watched) flight.Holder = Holder.Acquiring;
                else if (maxWait <= TimeSpan.Zero) return LeaseOutcome.Neither;
                else waiter = Wait(flight);
            }

            return waiter is null
                ? await AcquireAsync(flight, maxWait, cancellationToken)
                : await WaitAsync(flight, waiter, maxWait, cancellationToken);
        }
    }

    /// <summary>The value is there: nobody need wait or work for it any more. Null ends the flight without one: each waiter works for itself.</summary>
    internal async ValueTask CompleteAsync(EntryAddress address, string leaseId, CacheEntry? entry)
    {
        if (_flights.TryGetValue(address.Entry, out var flight)) Close(flight, entry);
        if (leaseId.Length > 0) await redis.ReleaseAsync(address.Lease, leaseId);
    }

    /// <summary>The holder gives up. A wrong or old id changes nothing.</summary>
    internal async ValueTask AbandonAsync(EntryAddress address, string leaseId)
    {
        if (leaseId.Length == 0) return;
        // The lease may be another replica's: Redis compares the ids.
        await redis.ReleaseAsync(address.Lease, leaseId);
        if (!_flights.TryGetValue(address.Entry, out var flight)) return;
        lock (flight.Gate)
        {
            if (flight.Holder != Holder.Caller || flight.LeaseId != leaseId) return;
            LetGo(flight);
        }
    }

    /// <summary>Drops the flights whose holders died with nobody waiting.</summary>
    internal void Sweep()
    {
        foreach (var (_, flight) in _flights)
        {
            lock (flight.Gate)
            {
                if (!flight.Watched && (flight.Expired(time.GetUtcNow()) || flight.Holder == Holder.Elsewhere)) CloseUnwaited(flight);
            }
        }
    }

    /// <summary>Runs while the flight is <see cref="Holder.Acquiring"/> for this caller, and ends that state in each case.</summary>
    private async ValueTask<LeaseOutcome> AcquireAsync(Flight flight, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var id = NewId();
        LinkedListNode<TaskCompletionSource<LeaseOutcome>> waiter;
        try
        {
            var reply = flight.Generation.Shared ? await redis.TakeAsync(flight.Address.Lease, id, cancellationToken) : default;
            var entry = await entries.FindAsync(flight.Address.Entry, flight.Generation, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (entry is not null)
            {
                Close(flight, entry);
                if (reply is { Answered: true, Value: true }) await redis.ReleaseAsync(flight.Address.Lease, id);
                return new LeaseOutcome(entry, null);
            }

            lock (flight.Gate)
            {
                // Closed: another caller stored the value without having found it here, a moment after this one looked.
                if (flight.Closed) return LeaseOutcome.Neither;
                if (!reply.Answered || reply.Value)
                {
                    Grant(flight, id, reply.Answered);
                    return new LeaseOutcome(null, id);
                }

                if (maxWait <= TimeSpan.Zero)
                {
                    LetGo(flight);
                    return LeaseOutcome.Neither;
                }

                flight.Holder = Holder.Elsewhere;
                waiter = Wait(flight);
            }
        }
        catch
        {
            lock (flight.Gate)
            {
                if (!flight.Closed) LetGo(flight);
            }

            // The command may have reached Redis before its caller left.
            await redis.ReleaseAsync(flight.Address.Lease, id);
            throw;
        }

        return await WaitAsync(flight, waiter, maxWait, cancellationToken);
    }

    private async ValueTask<LeaseOutcome> WaitAsync(
        Flight flight, LinkedListNode<TaskCompletionSource<LeaseOutcome>> waiter, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Value.Task.WaitAsync(maxWait, time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            lock (flight.Gate)
            {
                // Still in line: nothing was given to this caller, nothing will be.
                if (waiter.List is not null)
                {
                    flight.Waiters.Remove(waiter);
                    if (exception is TimeoutException) return LeaseOutcome.Neither;
                    throw;
                }
            }

            var outcome = await waiter.Value.Task;
            if (exception is TimeoutException) return outcome;
            if (outcome.Lease is { } lease) await AbandonAsync(flight.Address, lease);
            throw;
        }
    }

    /// <summary>Called under the gate.</summary>
    private LinkedListNode<TaskCompletionSource<LeaseOutcome>> Wait(Flight flight)
    {
        var waiter = flight.AddWaiter();
        if (!flight.Watched)
        {
            flight.Watched = true;
            // The loop serves all who wait: it must outlive the call that starts it, and its spans are not that call's.
            using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => WatchAsync(flight));
        }

        return waiter;
    }

    private async Task WatchAsync(Flight flight)
    {
        try
        {
            await WatchUntilServedAsync(flight);
        }
        catch
        {
            // Whatever it was (the process is stopping): nobody may be left waiting for a loop that has ended.
            Close(flight, entry: null);
            throw;
        }
    }

    private async Task WatchUntilServedAsync(Flight flight)
    {
        while (true)
        {
            Task wake;
            lock (flight.Gate) wake = flight.Wake.Task;
            await Task.WhenAny(Task.Delay(options.LeasePoll, time), wake);
            bool ours, expired;
            lock (flight.Gate)
            {
                if (wake.IsCompleted) flight.Wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (flight.Closed || flight.Waiters.Count == 0)
                {
                    flight.Watched = false;
                    if (flight.Holder == Holder.Elsewhere) CloseUnwaited(flight);
                    return;
                }

                if (flight.Holder == Holder.Acquiring) continue;
                expired = flight.Expired(time.GetUtcNow());
                ours = flight.Holder == Holder.Caller;
            }

            if (await entries.FindAsync(flight.Address.Entry, flight.Generation, CancellationToken.None) is { } entry)
            {
                Close(flight, entry);
                continue;
            }

            // A lease that Redis does not know of is this replica's alone to end.
            if (ours && !expired && !flight.InRedis) continue;
            var id = NewId();
            var reply = flight.Generation.Shared ? await redis.TakeAsync(flight.Address.Lease, id) : default;
            var taken = reply.Answered ? reply.Value : !ours || expired;
            if (taken && !GrantNext(flight, id, reply.Answered)) await redis.ReleaseAsync(flight.Address.Lease, id);
        }
    }

    /// <summary>Gives the lease to the caller that has waited longest.</summary>
    private bool GrantNext(Flight flight, string id, bool inRedis)
    {
        lock (flight.Gate)
        {
            if (flight.Closed || flight.Waiters.First is not { } next) return false;
            flight.Waiters.RemoveFirst();
            Grant(flight, id, inRedis);
            next.Value.SetResult(new LeaseOutcome(null, id));
            return true;
        }
    }

    /// <summary>Called under the gate.</summary>
    private void Grant(Flight flight, string id, bool inRedis)
    {
        flight.Holder = Holder.Caller;
        flight.LeaseId = id;
        flight.InRedis = inRedis;
        flight.ExpiresAt = time.GetUtcNow() + options.LeaseDuration;
    }

    /// <summary>Called under the gate: nobody here holds the lease. Whoever waits is served next; with nobody waiting the flight is over.</summary>
    private void LetGo(Flight flight)
    {
        flight.Holder = Holder.Elsewhere;
        flight.LeaseId = null;
        if (flight.Watched) flight.Wake.TrySetResult();
        else CloseUnwaited(flight);
    }

    /// <summary>Called under the gate.</summary>
    private void CloseUnwaited(Flight flight)
    {
        flight.Closed = true;
        _flights.TryRemove(KeyValuePair.Create(flight.Address.Entry, flight));
    }

    private void Close(Flight flight, CacheEntry? entry)
    {
        lock (flight.Gate)
        {
            if (flight.Closed) return;
            CloseUnwaited(flight);
            foreach (var waiter in flight.Waiters) waiter.SetResult(new LeaseOutcome(entry, null));
            flight.Waiters.Clear();
            flight.Wake.TrySetResult();
        }
    }

    private static string NewId() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
