using Google.Protobuf;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// One call over all replicas: the first takes a lease in Redis, makes the call and leaves its answer there for the others, who look for it. When it fails or dies, the
/// next takes the lease.
/// </summary>
internal sealed class ReplicaFlights(SharedStore store, TimeProvider time)
{
    private static readonly TimeSpan AnswerLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ReplicaLeases _leases = new(store, time);

    /// <summary>Makes the call, or waits for another replica that makes it.</summary>
    /// <param name="key">What is asked.</param>
    /// <param name="call">The caller's.</param>
    /// <param name="make">Makes the call.</param>
    /// <param name="again">The answer for somebody whose call it was not.</param>
    public async Task<T> CallAsync<T>(string key, ModelCall call, Func<Task<T>> make, Func<T, T> again)
        where T : class, IMessage<T>, new()
    {
        while (!_leases.IsAlone)
        {
            if (await _leases.TakeAsync(key) is not { } taken) break;
            await using var lease = taken;
            if (lease.IsMine)
            {
                var answer = await make();
                await store.TryAsync(async database => $"{await database.StringSetAsync(Answer(lease.Flight), answer.ToByteArray(), AnswerLife)}");
                return answer;
            }

            if (lease.Flight.Length == 0 || await WaitAsync<T>(lease, call) is not { } theirs) continue;
            Flights.Note("replica");
            return again(theirs);
        }

        return await make();
    }

    /// <summary>The other replica's answer; null when it gave up.</summary>
    private async Task<T?> WaitAsync<T>(ReplicaLease lease, ModelCall call)
        where T : class, IMessage<T>, new()
    {
        while (true)
        {
            // The lease is looked at first: when it is gone, the answer is there already, or never will be.
            if (await lease.IsHeldAsync() is not { } held) return null;
            if (await store.TryAsync(async database => (byte[]?)await database.StringGetAsync(Answer(lease.Flight)) ?? []) is not { } bytes) return null;
            if (bytes.Length > 0)
            {
                var answer = new T();
                answer.MergeFrom(bytes);
                return answer;
            }

            if (!held) return null;
            await Task.Delay(Poll, time, call.Cancellation);
        }
    }

    private static RedisKey Answer(string flight) => $"slipway:broker:answer:{flight}";
}
