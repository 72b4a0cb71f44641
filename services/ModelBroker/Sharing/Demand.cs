using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Sharing;

/// <summary>Which of this replica's streams another one wants to read while they are under way. While there are any, Redis is asked 20 times a second, however many there are.</summary>
internal sealed class Demand(SharedStore store, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Outgoing> _open = new(StringComparer.Ordinal);
    private bool _asking;

    /// <summary>Begins a stream.</summary>
    public Outgoing Open(string flight)
    {
        var outgoing = new Outgoing(store, flight, time, () =>
        {
            lock (_gate) _open.Remove(flight);
        });
        lock (_gate)
        {
            _open[flight] = outgoing;
            if (!_asking)
            {
                _asking = true;
                _ = AskAsync();
            }
        }

        return outgoing;
    }

    /// <summary>Tells the owner of a stream that it is wanted. Where Redis hesitates the owner may never hear of it.</summary>
    public async ValueTask WantAsync(string flight) => await store.TryAsync(async database =>
    {
        var wanted = Wanted(flight.Split(':')[0]);
        var added = database.SetAddAsync(wanted, flight);
        await database.KeyExpireAsync(wanted, Life);
        return $"{await added}";
    });

    private async Task AskAsync()
    {
        while (true)
        {
            await Task.Delay(Pause, time);
            lock (_gate)
            {
                if (_open.Count == 0)
                {
                    _asking = false;
                    return;
                }
            }

            foreach (var flight in await store.TryAsync(database => database.SetPopAsync(Wanted(store.Replica), 100)) ?? [])
                lock (_gate) _open.GetValueOrDefault(flight.ToString())?.Want();
        }
    }

    internal static RedisKey Wanted(string replica) => $"slipway:broker:wanted:{replica}";
}
