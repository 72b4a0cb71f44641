using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Endpoint;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Ingest;
using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Seeding;

/// <summary>
/// Opens the stored corpora, then indexes the folder: new and changed files are stored, unchanged ones recognised by their hash, and documents that seeding once
/// stored and whose file is gone are deleted. Documents of callers are left alone.
/// </summary>
internal sealed partial class CorpusSeeder(
    SeedOptions options, SeedState state, CorpusRegistry corpora, DocumentStore store, DocumentPreparer preparer, IngestQueue queue, TimeProvider time,
    ILogger<CorpusSeeder> logger) : BackgroundService
{
    /// <summary>Documents under way to the disk at a time.</summary>
    private const int Window = 128;

    /// <summary>Between attempts, while the keyword index is away.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Opening indexes blocks; the endpoints need not wait for it.
        await Task.Yield();
        try
        {
            corpora.OpenAll(stoppingToken);
            while (options.Path.Length > 0 && !await TrySeedAsync(stoppingToken)) await Task.Delay(Pause, time, stoppingToken);
            state.Complete();
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(exception, options.Path);
            state.Fail(exception);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>False when the keyword index cannot be had: what was stored is recognised at the next attempt.</summary>
    private async Task<bool> TrySeedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SeedAsync(cancellationToken);
            return true;
        }
        catch (IngestException exception) when (exception.InnerException is KeywordIndexException)
        {
            LogTurnedAway(options.Path, exception.InnerException.Message);
            return false;
        }
    }

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var key = new CorpusKey(options.Tenant, CorpusKey.Default);
        var (corpus, indexer) = corpora.Ensure(key);
        var gone = store.ReadIds(corpus.Number, DocumentOrigin.Seed).Keys.ToHashSet(StringComparer.Ordinal);
        var window = new Queue<Task<ChangeOutcome>>();
        int stored = 0, unchanged = 0, deleted = 0;
        foreach (var document in SeedFolder.Read(options.Path, (id, reason) =>
        {
            // Not readable now is not gone.
            gone.Remove(id);
            LogSkipped(id, reason);
        }))
        {
            gone.Remove(document.Id);
            if (RequestRules.CheckDocument(document.Id, document.Title, document.Text) is { } error)
            {
                LogSkipped(document.Id, error.Message);
                continue;
            }

            var prepared = preparer.Prepare(
                document.Id, document.Title, document.Text, document.Format, MetadataJson.None, DocumentOrigin.Seed, document.FallbackTitle);
            await SubmitAsync(new Change(key, document.Id, prepared));
        }

        foreach (var id in gone) await SubmitAsync(new Change(key, id, null));
        while (window.Count > 0) Count(await window.Dequeue());
        await indexer.SettleAsync(cancellationToken);
        LogSeeded(options.Path, options.Tenant, stored, unchanged, deleted, (long)time.GetElapsedTime(started).TotalMilliseconds);

        async Task SubmitAsync(Change change)
        {
            if (window.Count == Window) Count(await window.Dequeue());
            window.Enqueue(await queue.SubmitAsync(change, cancellationToken));
        }

        void Count(ChangeOutcome outcome)
        {
            if (outcome.Kind == ChangeKind.Stored) stored++;
            else if (outcome.Kind == ChangeKind.Unchanged) unchanged++;
            else deleted++;
        }
    }

    [LoggerMessage(140, LogLevel.Information, "{Path} is indexed for {Tenant}: {Stored} documents stored, {Unchanged} unchanged, {Deleted} deleted, in {Milliseconds} ms.")]
    private partial void LogSeeded(string path, string tenant, int stored, int unchanged, int deleted, long milliseconds);

    [LoggerMessage(141, LogLevel.Warning, "{Document} of the corpus folder is left out: {Reason}.")]
    private partial void LogSkipped(string document, string reason);

    [LoggerMessage(143, LogLevel.Warning, "The corpus folder {Path} waits for the keyword index: {Reason}")]
    private partial void LogTurnedAway(string path, string reason);

    [LoggerMessage(142, LogLevel.Error, "The corpus folder {Path} could not be indexed.")]
    private partial void LogFailed(Exception exception, string path);
}
