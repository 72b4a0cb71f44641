using System.Globalization;
using System.Net.Sockets;
using Slipway.EmbeddedRedis.Resp;

namespace Slipway.EmbeddedRedis.Garnet;

/// <summary>
/// Takes a checkpoint when the log has grown and then been quiet for a while, and at a graceful stop. Replaying the log builds the graph of the
/// vector sets anew, which costs as much as the inserts did; a checkpoint holds the graph (benchmarks/results/vectors.md). What a start had to replay is
/// not in a checkpoint yet: how far the last one reached is kept beside the data, so that the next start need not replay it again.
/// A kill while SAVE was under way lost nothing: the checkpoint before it and the log were still there.
/// </summary>
internal sealed partial class Checkpoints(RedisOptions options, TimeProvider time, ILogger<Checkpoints> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>At a stop: the orchestrator kills after 5 s.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    /// <summary>When the log was last written to as the newest checkpoint was taken. A file, because whether a start replayed something cannot be asked of Garnet.</summary>
    private readonly string _savedFile = Path.Combine(options.DataPath, "checkpointed");

    private DateTime _saved;

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
        _saved = ReadSaved();
        var before = LastWrite();
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = LastWrite();
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
        var written = LastWrite();
        if (written == _saved) return;
        try
        {
            var problem = await RespClient.AskAsync(options, "SAVE", "OK", cancellationToken);
            if (problem is not null)
            {
                LogNotSaved(problem);
                return;
            }

            // The checkpoint writes to the log as well, so its own writes are not taken for new ones.
            _saved = LastWrite();
            await File.WriteAllTextAsync(_savedFile, _saved.ToString("O", CultureInfo.InvariantCulture), CancellationToken.None);
            LogSaved();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or IOException)
        {
            LogNotSaved(exception.Message);
        }
    }

    /// <summary>No such time when there is none or it cannot be read: then one checkpoint more is taken than needed.</summary>
    private DateTime ReadSaved()
    {
        try
        {
            return DateTime.TryParseExact(File.ReadAllText(_savedFile), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var saved) ? saved : default;
        }
        catch (IOException)
        {
            return default;
        }
    }

    /// <summary>When the log was last written to.</summary>
    private DateTime LastWrite()
    {
        var folder = new DirectoryInfo(Path.Combine(options.DataPath, "AOF"));
        return folder.Exists ? folder.EnumerateFiles("*", SearchOption.TopDirectoryOnly).Select(file => file.LastWriteTimeUtc).DefaultIfEmpty().Max() : default;
    }

    [LoggerMessage(1, LogLevel.Information, "Checkpoint taken.")]
    private partial void LogSaved();

    [LoggerMessage(2, LogLevel.Warning, "No checkpoint was taken, the log remains: {Problem}")]
    private partial void LogNotSaved(string problem);
}
