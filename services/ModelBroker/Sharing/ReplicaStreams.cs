using System.Runtime.CompilerServices;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers;
using Slipway.ModelBroker.Shared;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// One stream over all replicas: the first takes a lease in Redis, makes the call, and leaves its events there for the others:
/// <list type="number">
/// <item>a replica that finds the lease taken adds the flight to the set of those that are wanted of its owner, again each second while nothing comes, and reads the list of its events from the beginning;</item>
/// <item>an owner looks into its set, and from then on adds to the list what came since; an answer that nobody wanted is added in one piece at its end;</item>
/// <item>each event has its number, so that a list that lost some is never taken for the answer.</item>
/// </list>
/// When the owner fails or dies before there was text, the next replica takes the lease; afterwards the stream is cut, as for the owner's own callers.
/// </summary>
internal sealed class ReplicaStreams(SharedStore store, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>A stream that stays silent for so long is asked for again.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private readonly ReplicaLeases _leases = new(store, time);
    private readonly Demand _demand = new(store, time);

    /// <summary>Makes the call, or reads that of another replica.</summary>
    /// <param name="key">What is asked.</param>
    /// <param name="call">The caller's.</param>
    /// <param name="make">Makes the call.</param>
    public async IAsyncEnumerable<CompleteEvent> StreamAsync(string key, ModelCall call, Func<ModelCall, IAsyncEnumerable<CompleteEvent>> make)
    {
        while (!_leases.IsAlone)
        {
            if (await _leases.TakeAsync("stream:" + key) is not { } taken) break;
            await using var lease = taken;
            if (lease.IsMine)
            {
                using var outgoing = _demand.Open(lease.Flight);
                using var given = new CancellationTokenSource();
                // When its own callers have left, an answer goes on for those of another replica that read it.
                await using var left = call.Cancellation.UnsafeRegister(_ => GiveUp(), null);
                await foreach (var item in make(call.With(given.Token)))
                {
                    outgoing.Add(item);
                    yield return item;
                }

                await outgoing.FinishAsync();
                yield break;

                void GiveUp()
                {
                    if (!outgoing.IsWanted) given.Cancel();
                }
            }

            var shown = false;
            await foreach (var item in FollowAsync(lease, call, call.Cancellation))
            {
                // The name of the model that answers may be followed by another one's.
                shown |= item.EventCase != CompleteEvent.EventOneofCase.Model;
                if (item.Completed is not null) Flights.Note("replica");
                yield return item;
                if (item.Completed is not null) yield break;
            }

            if (shown) throw ProviderFailures.Cut();
            await Task.Delay(Poll, time, call.Cancellation);
        }

        await foreach (var item in make(call)) yield return item;
    }

    /// <summary>The other replica's events; they end without the completed one when it gave up.</summary>
    private async IAsyncEnumerable<CompleteEvent> FollowAsync(ReplicaLease lease, ModelCall call, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (lease.Flight.Length == 0) yield break;
        var started = time.GetTimestamp();
        await _demand.WantAsync(lease.Flight);
        var asked = started;
        for (var next = 0; ;)
        {
            if (next == 0 && time.GetElapsedTime(asked) >= Silence)
            {
                await _demand.WantAsync(lease.Flight);
                asked = time.GetTimestamp();
            }

            // The lease is looked at first: when it is gone, the rest is there already, or never will be.
            if (await lease.IsHeldAsync() is not { } held) yield break;
            if (await store.TryAsync(database => database.ListRangeAsync(Outgoing.Events(lease.Flight), next)) is not { } values) yield break;
            foreach (var value in values)
            {
                if (Outgoing.Read(value, next++) is not { } item) yield break;
                if (item.Completed is { } completed) item = new CompleteEvent { Completed = Reuse.Again(completed) };
                yield return item;
                if (item.Completed is not null) yield break;
            }

            if (!held) yield break;
            if (next == 0 && time.GetUtcNow() >= call.Deadline) throw TimedModel.Late(time.GetElapsedTime(started));
            await Task.Delay(Poll, time, cancellation);
        }
    }
}
