using System.Diagnostics;
using System.Net.Sockets;
using Slipway.EmbeddedRedis.Resp;

namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>
/// Takes a checkpoint when the log has grown and then been quiet for a while, and at a graceful stop. Replaying the log builds the graph of the
/// vector sets anew, which costs as much as the inserts did; a checkpoint holds the graph (benchmarks/results/vectors.md). What a start had to replay is
/// not in a checkpoint yet: how far the last one reached is kept beside the data, so that the next start need not replay it again.
/// A kill while SAVE was under way lost nothing: the checkpoint before it and the log were still there.
/// </summary>
internal sealed partial class Checkpoints(RedisOptions options, SavedLog log, TimeProvider time, ILogger<Checkpoints> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>At a stop: the orchestrator kills after 5 s.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A checkpoint of a million vectors takes seconds. One that does not end hangs for good, and every write with it: seen once in Garnet 2.2.8, when SAVE met VADD while the
    /// remains of a dropped set were cleaned up. Then this process ends itself, to be started again from the checkpoint before and the log.
    /// </summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(2);

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        await SaveAsync(limit.Token);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = log.LastWrite();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = log.LastWrite();
                if (now == before) await SaveOrDieAsync(stoppingToken);
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The stop saves.
        }
    }

    private async Task SaveOrDieAsync(CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(HangLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        await SaveAsync(either.Token);
        if (!limit.IsCancellationRequested || stoppingToken.IsCancellationRequested) return;
        LogHangs(HangLimit.TotalSeconds);
        Process.GetCurrentProcess().Kill();
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        if (log.IsSaved()) return;
        try
        {
            var problem = await RespClient.AskAsync(options, "SAVE", "OK", cancellationToken);
            if (problem is not null)
            {
                LogNotSaved(problem);
                return;
            }

            // The checkpoint writes to the log as well, so its own writes are not taken for new ones.
            log.Mark();
            LogSaved();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or IOException)
        {
            LogNotSaved(exception.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Checkpoint taken.")]
    private partial void LogSaved();

    [LoggerMessage(3, LogLevel.Critical, "A checkpoint has not ended within {Seconds} s: Garnet hangs. The process ends itself, to be started again.")]
    private partial void LogHangs(double seconds);

    [LoggerMessage(2, LogLevel.Warning, "No checkpoint was taken, the log remains: {Problem}")]
    private partial void LogNotSaved(string problem);
}
