using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>
/// Follows a server stream of states for as long as the process lives, and opens it again when it ends or fails: after 0.1 s, then twice as long each
/// time, at most 2 s, until a state has come.
/// </summary>
/// <typeparam name="T">The state.</typeparam>
public abstract partial class Watch<T>(TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Opens the stream.</summary>
    protected abstract AsyncServerStreamingCall<T> Open(CancellationToken cancellationToken);

    /// <summary>Takes a state.</summary>
    protected abstract void Accept(T state);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = FirstPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var call = Open(stoppingToken);
                while (await call.ResponseStream.MoveNext(stoppingToken))
                {
                    pause = FirstPause;
                    Accept(call.ResponseStream.Current);
                }
            }
            catch (Exception exception) when (exception is RpcException or OperationCanceledException or HttpRequestException)
            {
                if (stoppingToken.IsCancellationRequested) return;
                if (pause == LongestPause) LogAway(typeof(T).Name, (exception as RpcException)?.StatusCode ?? StatusCode.Unavailable);
            }

            try
            {
                await Task.Delay(pause, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    [LoggerMessage(10, LogLevel.Warning, "The source of {State} is away ({Status}): serving with what was last known.")]
    private partial void LogAway(string state, StatusCode status);
}
