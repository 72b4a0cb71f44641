namespace Slipway.Control.Timing;

/// <summary>Takes a turn at the start and then one in each interval. A turn that fails ends nothing: the next one tries again.</summary>
/// <param name="interval">From one turn to the next; a turn that takes longer is followed by one at once.</param>
/// <param name="time">The clock.</param>
internal abstract class RepeatedService(TimeSpan interval, TimeProvider time) : BackgroundService
{
    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>One turn.</summary>
    protected abstract Task TurnAsync(CancellationToken cancellationToken);

    /// <summary>Hears why a turn failed.</summary>
    protected abstract void TurnFailed(Exception exception);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                try
                {
                    await TurnAsync(stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    TurnFailed(exception);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
