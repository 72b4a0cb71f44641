using Slipway.Cache.Generations;
using Slipway.Cache.Keys;

namespace Slipway.Cache.Leases;

/// <summary>
/// One key that is being worked out: who holds its lease, and who waits for it in this process. All state is guarded by <see cref="Gate"/>.
/// A flight is over when it is <see cref="Closed"/>; whoever meets a closed one looks for the next.
/// </summary>
internal sealed class Flight(EntryAddress address, Generation generation)
{
    /// <summary>Guards everything below.</summary>
    internal Lock Gate { get; } = new();

    internal EntryAddress Address { get; } = address;

    internal Generation Generation { get; } = generation;

    internal Holder Holder { get; set; }

    /// <summary>The lease's id, when a caller of this process holds it.</summary>
    internal string? LeaseId { get; set; }

    /// <summary>Whether Redis knows of the lease: then only Redis can say that it is free.</summary>
    internal bool InRedis { get; set; }

    /// <summary>When the lease ends by itself.</summary>
    internal DateTimeOffset ExpiresAt { get; set; }

    internal LinkedList<TaskCompletionSource<LeaseOutcome>> Waiters { get; } = [];

    /// <summary>Whether the loop that looks for the value, or for a free lease, runs.</summary>
    internal bool Watched { get; set; }

    internal bool Closed { get; set; }

    /// <summary>Wakes the loop before its time. Replaced at each round.</summary>
    internal TaskCompletionSource Wake { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal bool Expired(DateTimeOffset now) => Holder == Holder.Caller && now >= ExpiresAt;

    internal LinkedListNode<TaskCompletionSource<LeaseOutcome>> AddWaiter() =>
        Waiters.AddLast(new TaskCompletionSource<LeaseOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>Who holds a lease, as far as this replica knows.</summary>
internal enum Holder
{
    /// <summary>Nobody, or a caller of another replica.</summary>
    Elsewhere,

    /// <summary>A caller is just asking Redis for it.</summary>
    Acquiring,

    /// <summary>A caller of this replica.</summary>
    Caller,
}
