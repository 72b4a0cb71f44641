using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Ingest;

/// <summary>
/// Commits the keyword indexes every 2 s while they change, and at the end. What a crash loses in between is read again from the store: a commit only shortens
/// the next start.
/// </summary>
internal sealed partial class KeywordCommitter(CorpusRegistry corpora, TimeProvider time, ILogger<KeywordCommitter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await CommitAsync();
        }
        catch (OperationCanceledException)
        {
            await CommitAsync();
        }
    }

    private async Task CommitAsync()
    {
        try
        {
            await corpora.CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (KeywordIndexException.IsFailure(exception))
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(132, LogLevel.Warning, "The keyword indexes could not be committed; it is tried again.")]
    private partial void LogFailed(Exception exception);
}
