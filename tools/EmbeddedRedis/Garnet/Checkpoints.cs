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
                if (now == before) await SaveAsync(stoppingToken);
                before = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The stop saves.
        }
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

    [LoggerMessage(2, LogLevel.Warning, "No checkpoint was taken, the log remains: {Problem}")]
    private partial void LogNotSaved(string problem);
}
