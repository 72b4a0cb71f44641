using Slipway.ModelBroker.Limits;
using Slipway.ServiceDefaults.Redis;
using Slipway.ServiceDefaults.Tasks;
using StackExchange.Redis;

namespace Slipway.ModelBroker.Shared;

/// <summary>
/// What the replicas of the broker share, in Redis. A background loop sends a heartbeat each second: it is the probe as well, so that no request ever waits for a Redis
/// that is dead for more than <see cref="Patience"/>, and only the first ones do. Without a connection string the replica is alone.
/// </summary>
internal sealed partial class SharedStore(Func<IConnectionMultiplexer>? connect, TimeProvider time, ILogger<SharedStore> logger) : BackgroundService
{
    /// <summary>The usual <see cref="Patience"/>.</summary>
    internal static readonly TimeSpan UsualPatience = TimeSpan.FromMilliseconds(250);

    private const string ReplicasKey = "slipway:broker:replicas";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A replica that is silent for longer is gone.</summary>
    private static readonly TimeSpan ReplicaLife = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _usableSignal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IConnectionMultiplexer? _connection;
    private volatile bool _usable;
    private volatile int _replicas = 1;

    /// <summary>A command that takes longer is given up, and Redis with it until the next heartbeat.</summary>
    public TimeSpan Patience { get; init; } = UsualPatience;

    /// <summary>This replica's own name among the others.</summary>
    public string Replica { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Whether commands are sent.</summary>
    public bool IsUsable => _usable;

    /// <summary>How many replicas there are, as far as was known last; 1 or more.</summary>
    public int Replicas => _replicas;

    /// <summary>How often Redis was given up since the start.</summary>
    public int TimesAway { get; private set; }

    /// <summary>Completes when Redis answers for the first time.</summary>
    public Task WhenUsableAsync() => _usableSignal.Task;

    /// <summary>Sends a command; null when Redis does not answer it.</summary>
    public async ValueTask<T?> TryAsync<T>(Func<IDatabase, Task<T>> command)
        where T : class
    {
        if (!_usable || _connection is not { } connection) return null;
        Task<T>? task = null;
        try
        {
            task = command(connection.GetDatabase());
            return await task.WaitAsync(Patience);
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception))
        {
            task?.LeaveBehind();
            Turn(usable: false, exception.GetType().Name);
            return null;
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (connect is null) return;
        // Connecting blocks for up to the connect timeout.
        await Task.Yield();
        try
        {
            _connection = connect();
        }
        catch (Exception exception) when (exception is RedisException or InvalidOperationException or ArgumentException)
        {
            // The connection tolerates a server that is away: what fails here is the connection string. A parser's message may quote it, and with it the password.
            LogNotConfigured(exception.GetType().Name);
            return;
        }

        try
        {
            using var timer = new PeriodicTimer(Interval);
            do
            {
                await BeatAsync(_connection);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Says that this replica is there, and counts the others.</summary>
    internal async Task BeatAsync(IConnectionMultiplexer connection)
    {
        try
        {
            var database = connection.GetDatabase();
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            // One after the other, in one piece.
            var (added, removed, counted) = (
                database.SortedSetAddAsync(ReplicasKey, Replica, now),
                database.SortedSetRemoveRangeByScoreAsync(ReplicasKey, double.NegativeInfinity, now - ReplicaLife.TotalMilliseconds),
                database.SortedSetLengthAsync(ReplicasKey));
            await Task.WhenAll(added, removed, counted).WaitAsync(Patience * 2);
            _replicas = (int)Math.Max(1, await counted);
            // The first run of a script is slow: no request waits for it.
            if (!_usable) await SharedLimits.LoadAsync(database).WaitAsync(Patience * 20);
            Turn(usable: true, "");
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception))
        {
            Turn(usable: false, exception.GetType().Name);
        }
    }

    private void Turn(bool usable, string reason)
    {
        if (_usable == usable) return;
        _usable = usable;
        if (usable)
        {
            LogUsable(_replicas);
            _usableSignal.TrySetResult();
        }
        else
        {
            TimesAway++;
            LogAway(reason, _replicas);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "Redis answers: limits are shared by {Replicas} replicas.")]
    private partial void LogUsable(int replicas);

    [LoggerMessage(31, LogLevel.Warning, "Redis is away ({Reason}): each replica holds to its share of the limits, one of {Replicas}.")]
    private partial void LogAway(string reason, int replicas);

    [LoggerMessage(32, LogLevel.Error, "No connection to Redis can be made ({Reason}). Limits hold for each replica by itself.")]
    private partial void LogNotConfigured(string reason);
}
