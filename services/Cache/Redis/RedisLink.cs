using Slipway.Cache.Options;
using Slipway.ServiceDefaults.Redis;
using Slipway.ServiceDefaults.Tasks;
using StackExchange.Redis;

namespace Slipway.Cache.Redis;

/// <summary>
/// The one way to Redis. A command that fails or is slow costs its caller no more than <see cref="CacheOptions.RedisTimeout"/> and never throws; behind a
/// breaker, a Redis that is dead or hangs costs nothing at all:
/// <list type="number">
/// <item>closed: commands go out. It opens at once when the connection breaks, or when a command times out and nothing at all was answered since it
/// was sent (Redis hangs); and when three commands in a row were slow, each over half of the timeout, and the last quick one is four timeouts ago. A
/// burst that starves for a processor is no reason, nor is an error reply: that is an answer.</item>
/// <item>open: commands are not sent. A background loop sends <c>PING</c> each <see cref="CacheOptions.RedisProbe"/>.</item>
/// <item>one <c>PING</c> answered within half of the timeout closes it. No request is ever the probe.</item>
/// </list>
/// It starts open, and connects in the background: neither start nor requests wait for it.
/// </summary>
internal sealed partial class RedisLink(Func<IConnectionMultiplexer> connect, CacheOptions options, TimeProvider time, ILogger<RedisLink> logger) : BackgroundService
{
    private const int SlowToOpen = 3;

    private readonly Lock _gate = new();
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IConnectionMultiplexer? _connection;
    private volatile bool _usable;
    private long _answeredAt;
    private long _quickAt;
    private int _slow;

    /// <summary>Whether commands are sent at all.</summary>
    internal bool Usable => _usable;

    /// <summary>Completes when commands are sent, or not sent, from now on.</summary>
    internal async Task WhenAsync(bool usable, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            if (_usable == usable) return;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Sends a command. Only the cancellation of the caller throws.</summary>
    internal async ValueTask<RedisReply<T>> TryAsync<TArgument, T>(
        Func<IDatabase, TArgument, Task<T>> command, TArgument argument, CancellationToken cancellationToken = default)
    {
        if (!_usable || _connection is not { } connection) return default;
        cancellationToken.ThrowIfCancellationRequested();

        var sent = time.GetTimestamp();
        Task<T>? task = null;
        try
        {
            task = command(connection.GetDatabase(), argument);
            var value = await task.WaitAsync(options.RedisTimeout, time, cancellationToken);
            Answered(sent);
            return new RedisReply<T>(true, value);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            task?.LeaveBehind();
            throw;
        }
        catch (TimeoutException exception)
        {
            task?.LeaveBehind();
            if (Volatile.Read(ref _answeredAt) < sent) Open(exception);
            else Slow(exception);
            return default;
        }
        catch (RedisServerException)
        {
            Answered(sent);
            return default;
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception))
        {
            if (connection.IsConnected) Slow(exception);
            else Open(exception);
            return default;
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Connecting blocks for up to the connect timeout.
        await Task.Run(() => ConnectAsync(stoppingToken), stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            while (!await ProbeAsync(stoppingToken)) await Task.Delay(options.RedisProbe, time, stoppingToken);

            Volatile.Write(ref _slow, 0);
            Volatile.Write(ref _quickAt, time.GetTimestamp());
            Turn(usable: true);
            LogUsable();
            await WhenAsync(usable: false, stoppingToken);
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                _connection = connect();
                return;
            }
            catch (Exception exception) when (exception is RedisException or InvalidOperationException or ArgumentException)
            {
                // The connection tolerates a server that is away: what fails here is the connection string, which no waiting mends but a restart with another.
                // A parser's message may quote the connection string, and with it the password.
                LogNotConfigured(exception is InvalidOperationException ? exception.Message : exception.GetType().Name);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
            }
        }
    }

    private async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        Task<TimeSpan>? ping = null;
        try
        {
            if (!_connection!.IsConnected) return false;
            ping = _connection.GetDatabase().PingAsync();
            await ping.WaitAsync(options.RedisTimeout / 2, time, cancellationToken);
            return true;
        }
        catch (Exception exception) when (RedisFailures.IsOfRedis(exception) && !cancellationToken.IsCancellationRequested)
        {
            ping?.LeaveBehind();
            return false;
        }
    }

    private void Answered(long sent)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _answeredAt, now);
        if (time.GetElapsedTime(sent, now) > options.RedisTimeout / 2)
        {
            Slow(null);
            return;
        }

        Volatile.Write(ref _quickAt, now);
        Volatile.Write(ref _slow, 0);
    }

    private void Slow(Exception? exception)
    {
        if (Interlocked.Increment(ref _slow) >= SlowToOpen && time.GetElapsedTime(Volatile.Read(ref _quickAt)) >= options.RedisTimeout * 4) Open(exception);
    }

    private void Open(Exception? exception)
    {
        if (Turn(usable: false)) LogAway(exception?.GetType().Name ?? "slow");
    }

    private bool Turn(bool usable)
    {
        lock (_gate)
        {
            if (_usable == usable) return false;
            _usable = usable;
            var changed = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.SetResult();
            return true;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Redis answers: entries are shared.")]
    private partial void LogUsable();

    [LoggerMessage(2, LogLevel.Warning, "Redis is away ({Reason}): serving from memory alone until it answers.")]
    private partial void LogAway(string reason);

    [LoggerMessage(3, LogLevel.Error, "No connection to Redis can be made ({Reason}). Serving from memory alone.")]
    private partial void LogNotConfigured(string reason);
}
