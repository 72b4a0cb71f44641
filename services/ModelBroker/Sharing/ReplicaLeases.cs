using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Sharing;

/// <summary>Leases in Redis on calls that several replicas may be asked for at once: who has one makes the call. A replica that is alone asks Redis nothing.</summary>
internal sealed class ReplicaLeases(SharedStore store, TimeProvider time)
{
    /// <summary>A lease is renewed each third of it; that of a replica which died lapses.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(5);

    /// <summary>Whether there is nobody to share with.</summary>
    public bool IsAlone => !store.IsUsable || store.Replicas <= 1;

    /// <summary>Takes a lease, or finds who has it; null when Redis does not answer.</summary>
    public async ValueTask<ReplicaLease?> TakeAsync(string key)
    {
        RedisKey name = $"slipway:broker:flight:{key}";
        var own = $"{store.Replica}:{Guid.NewGuid():N}";
        var holder = await store.TryAsync(async database => await database.StringSetAsync(name, own, Life, When.NotExists) ? own : (string?)await database.StringGetAsync(name) ?? "");
        return holder is null ? null : new ReplicaLease(store, name, holder, holder == own, time);
    }
}

/// <summary>A lease, ours or another replica's. Disposing gives ours back.</summary>
internal sealed class ReplicaLease : IAsyncDisposable
{
    private readonly SharedStore _store;
    private readonly RedisKey _name;
    private readonly ITimer? _renewal;

    public ReplicaLease(SharedStore store, RedisKey name, string flight, bool isMine, TimeProvider time)
    {
        (_store, _name, Flight, IsMine) = (store, name, flight, isMine);
        if (isMine) _renewal = time.CreateTimer(_ => _ = RenewAsync(), null, ReplicaLeases.Life / 3, ReplicaLeases.Life / 3);
    }

    /// <summary>The call that is made under the lease, as <c>REPLICA:CALL</c>; empty when it has just been given back.</summary>
    public string Flight { get; }

    public bool IsMine { get; }

    /// <summary>Whether the call is still under way; null when Redis does not answer.</summary>
    public async ValueTask<bool?> IsHeldAsync() => await _store.TryAsync(async database => (string?)await database.StringGetAsync(_name) ?? "") is { } holder ? holder == Flight : null;

    public async ValueTask DisposeAsync()
    {
        if (!IsMine) return;
        await _renewal!.DisposeAsync();
        // Only ours: who takes longer than a lease over nothing at all may find another's in its place.
        await _store.TryAsync(async database =>
        {
            var mine = database.CreateTransaction();
            mine.AddCondition(Condition.StringEqual(_name, Flight));
            _ = mine.KeyDeleteAsync(_name);
            return $"{await mine.ExecuteAsync()}";
        });
    }

    private async Task RenewAsync() => await _store.TryAsync(async database => $"{await database.KeyExpireAsync(_name, ReplicaLeases.Life)}");
}
