using Slipway.Control.Events;
using Slipway.Control.Kpis;

namespace Slipway.Control.Records;

/// <summary>Writes what was counted four times a second and when the process stops, and once a minute adds hours up that are over and deletes what is too old.</summary>
internal sealed partial class FlushService(KpiStore store, RecordWriter writer, HourRollups hours, EventStore events, TimeProvider time, ILogger<FlushService> logger) : BackgroundService
{
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _writing = new(1);
    private long _tidiedAt = time.GetTimestamp();
    private bool _failing;

    /// <summary>Writes now.</summary>
    /// <returns>Whether everything is in the database.</returns>
    internal async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var unwritten = store.Take();
            if (unwritten.Nothing) return true;
            try
            {
                await writer.WriteAsync(unwritten, cancellationToken);
                if (_failing) LogWritingAgain();
                _failing = false;
                return true;
            }
            catch (Exception exception)
            {
                store.GiveBack(unwritten);
                if (!_failing && exception is not OperationCanceledException) LogFailed(exception);
                _failing = true;
                return false;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The web server has stopped before this: no more records come.
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                // Not cancelled by the stop: a transaction under way is worth its milliseconds.
                var written = await FlushAsync(CancellationToken.None);
                if (time.GetElapsedTime(_tidiedAt) < TidyInterval) continue;
                _tidiedAt = time.GetTimestamp();
                if (written) await TidyAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task TidyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await hours.MakeAsync(cancellationToken);
            await writer.DeleteOldAsync(cancellationToken);
            await events.DeleteOldAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogTidyFailed(exception);
        }
    }

    [LoggerMessage(120, LogLevel.Error, "Records and roll-ups could not be written; they wait, and are tried again four times a second.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(121, LogLevel.Information, "Records and roll-ups are being written again.")]
    private partial void LogWritingAgain();

    [LoggerMessage(122, LogLevel.Warning, "Hours could not be added up, or what is too old not be deleted; it is tried again in a minute.")]
    private partial void LogTidyFailed(Exception exception);
}
