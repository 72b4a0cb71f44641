using Grpc.Core;
using OpenTelemetry;
using Slipway.Contracts;

namespace Slipway.Assistant.Records;

/// <summary>Carries the records to Control in batches. A batch that fails is sent again until it arrives; Control counts a request once.</summary>
internal sealed partial class RecordSender(RecordQueue queue, ControlService.ControlServiceClient control, TimeProvider time, ILogger<RecordSender> logger) : BackgroundService
{
    private const int BatchSize = 1000;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, time, stoppingToken);
                while (TakeBatch() is { } batch) await SendAsync(batch, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // What is left goes out in StopAsync.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        while (TakeBatch() is { } batch)
        {
            if (!await TrySendAsync(batch, CancellationToken.None)) return;
        }
    }

    private AppendRecordsRequest? TakeBatch()
    {
        AppendRecordsRequest? batch = null;
        while ((batch?.Records.Count ?? 0) < BatchSize && queue.Reader.TryRead(out var record)) (batch ??= new AppendRecordsRequest()).Records.Add(record);
        if (batch is not null) batch.Dropped = queue.TakeDropped();
        return batch;
    }

    private async Task SendAsync(AppendRecordsRequest batch, CancellationToken stoppingToken)
    {
        var told = false;
        while (!await TrySendAsync(batch, stoppingToken))
        {
            if (!told) LogControlAway(batch.Records.Count);
            told = true;
            try
            {
                await Task.Delay(RetryPause, time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                await TrySendAsync(batch, CancellationToken.None);
                throw;
            }
        }
    }

    private async Task<bool> TrySendAsync(AppendRecordsRequest batch, CancellationToken cancellationToken)
    {
        try
        {
            using var untraced = SuppressInstrumentationScope.Begin();
            await control.AppendRecordsAsync(batch, deadline: time.GetUtcNow().UtcDateTime.AddSeconds(2), cancellationToken: cancellationToken);
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.OutOfRange)
        {
            // What Control refuses now it refuses always: sent again, it would hold up all that comes after it.
            LogRefused(batch.Records.Count);
            queue.PutBackDropped(batch.Records.Count + batch.Dropped);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Control does not take records; {Count} of them wait.")]
    private partial void LogControlAway(int count);

    [LoggerMessage(2, LogLevel.Error, "Control refused a batch of {Count} records; they are dropped.")]
    private partial void LogRefused(int count);
}
