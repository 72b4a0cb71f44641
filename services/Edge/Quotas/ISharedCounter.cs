using Slipway.ServiceDefaults.Redis;
using StackExchange.Redis;

namespace Slipway.Edge.Quotas;

/// <summary>A counter that all replicas of the edge share.</summary>
internal interface ISharedCounter
{
    /// <summary>Adds to the counter and returns its new value; null when it cannot be reached in time.</summary>
    ValueTask<long?> AddAsync(string key, long amount, TimeSpan expiry);
}

/// <summary>
/// The counter in Redis. It connects in the background, and a request never waits for it longer than <see cref="Patience"/>; after a failure it is left
/// alone for a second.
/// </summary>
internal sealed class RedisCounter(IServiceProvider services, TimeProvider time) : ISharedCounter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lazy<Task<IConnectionMultiplexer?>> _connection = new(() => Task.Run(() =>
    {
        try
        {
            return services.GetRequiredKeyedService<IConnectionMultiplexer>("redis");
        }
        catch (Exception exception) when (exception is InvalidOperationException or RedisException)
        {
            // No connection string: the quota is kept here alone.
            return null;
        }
    }));

    private long _restUntil;

    public async ValueTask<long?> AddAsync(string key, long amount, TimeSpan expiry)
    {
        if (time.GetTimestamp() < Volatile.Read(ref _restUntil)) return null;
        try
        {
            var connection = await _connection.Value.WaitAsync(Patience, time);
            if (connection is null || !connection.IsConnected) return null;
            var database = connection.GetDatabase();
            var value = await database.StringIncrementAsync(key, amount).WaitAsync(Patience, time);
            if (value == amount) await database.KeyExpireAsync(key, expiry).WaitAsync(Patience, time);
            return value;
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception))
        {
            Volatile.Write(ref _restUntil, time.GetTimestamp() + (long)(RestAfterFailure.TotalSeconds * time.TimestampFrequency));
            return null;
        }
    }
}
