using Google.Protobuf;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Sharing;

/// <summary>
/// One call over all replicas: the first takes a lease in Redis, makes the call and leaves its answer there for the others, who look for it. When it fails or dies, the
/// next takes the lease. A replica that is alone asks Redis nothing.
/// </summary>
internal sealed class ReplicaFlights(SharedStore store, TimeProvider time)
{
    private static readonly TimeSpan LeaseLife = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes the call, or waits for another replica that makes it.</summary>
    public async Task<CompleteResponse> CallAsync(string key, ModelCall call, Func<Task<CompleteResponse>> make)
    {
        RedisKey lease = $"slipway:broker:flight:{key}";
        while (store.IsUsable && store.Replicas > 1)
        {
            var flight = Guid.NewGuid().ToString("N");
            if (await store.TryAsync(async database => await database.StringSetAsync(lease, flight, LeaseLife, When.NotExists) ? "mine" : "theirs") is not { } taken) break;
            if (taken == "mine") return await MakeAsync(lease, flight, make);
            if (await store.TryAsync(async database => (string?)await database.StringGetAsync(lease) ?? "") is not { } theirs) break;
            if (theirs.Length > 0 && await WaitAsync(lease, theirs, call) is { } answer)
            {
                Flights.Note("replica");
                return Reuse.Again(answer);
            }
        }

        return await make();
    }

    private async Task<CompleteResponse> MakeAsync(RedisKey lease, string flight, Func<Task<CompleteResponse>> make)
    {
        using var renewal = time.CreateTimer(_ => _ = store.TryAsync(async database => $"{await database.KeyExpireAsync(lease, LeaseLife)}").AsTask(), null, LeaseLife / 3, LeaseLife / 3);
        try
        {
            var answer = await make();
            await store.TryAsync(async database => $"{await database.StringSetAsync(Answer(flight), answer.ToByteArray(), AnswerLife)}");
            return answer;
        }
        finally
        {
            await store.TryAsync(async database => $"{await database.KeyDeleteAsync(lease)}");
        }
    }

    /// <summary>The other replica's answer; null when it gave up.</summary>
    private async Task<CompleteResponse?> WaitAsync(RedisKey lease, string flight, ModelCall call)
    {
        while (true)
        {
            // The lease is looked at first: when it is gone, the answer is there already, or never will be.
            if (await store.TryAsync(async database => (string?)await database.StringGetAsync(lease) ?? "") is not { } current) return null;
            if (await store.TryAsync(async database => (byte[]?)await database.StringGetAsync(Answer(flight)) ?? []) is not { } bytes) return null;
            if (bytes.Length > 0) return CompleteResponse.Parser.ParseFrom(bytes);
            if (current != flight) return null;
            await Task.Delay(Poll, time, call.Cancellation);
        }
    }

    private static RedisKey Answer(string flight) => $"slipway:broker:answer:{flight}";
}
