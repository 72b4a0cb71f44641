using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

internal sealed partial class CorpusIndexer
{
    private readonly RetryPause _otherPause = new();
    private long _batchEnded;
    private TimeSpan _batchPause;

    /// <summary>
    /// Brings a change of the embedder one step further, and begins one when the configuration names another embedder than the one in use. An embedder that fails here is left alone for a while, as
    /// the one in use is.
    /// </summary>
    /// <returns>When to look again.</returns>
    private async Task<TimeSpan> MigrateAsync(CancellationToken cancellationToken)
    {
        await DropUnusedAsync(cancellationToken);
        if (corpus.Generation is not { } present) return Never;
        if (corpus.Migration is { Phase: MigrationPhase.Retained } retained && UntilMs(retained.RetainUntilMs) <= TimeSpan.Zero)
        {
            migrations.Contract(corpus);
            await DropUnusedAsync(cancellationToken);
        }

        if (_otherPause.Left(time) is var left && left > TimeSpan.Zero) return left;
        try
        {
            var next = corpus is { Migration: { } row, Other: { } other } ? await AdvanceAsync(row, other, cancellationToken) : await ExpandAsync(present, cancellationToken);
            _otherPause.Clear();
            return next;
        }
        catch (EmbedderException exception)
        {
            var pause = _otherPause.Fail(time, PauseAfter);
            LogOtherFailed(corpus.Name, exception.Fault, exception.Message, (long)pause.TotalMilliseconds);
            return corpus.Migration is { Phase: MigrationPhase.Retained } row && UntilMs(row.RetainUntilMs) is var end && end < pause ? end : pause;
        }
    }

    private async Task<TimeSpan> ExpandAsync(Generation present, CancellationToken cancellationToken)
    {
        if (present.Row.Identity == embedders.Identity)
        {
            // What was taken back is no longer asked for: should it be one day, it begins by itself.
            migrations.Resume(corpus);
            return Never;
        }

        if (corpus.Migration is { } reverted && reverted.TargetIdentity == embedders.Identity) return Never;
        if (!embedders.IsFitted)
        {
            migrations.Expand(corpus, Add(await embedders.GetAsync(cancellationToken)));
            return TimeSpan.Zero;
        }

        var sequence = corpus.Row.Sequence;
        if (corpus.Row.Chunks == 0 || sequence == _hopeless) return Never;
        var (model, chunks) = await fitting.FitAsync(corpus.Number, cancellationToken);
        if (model is null)
        {
            _hopeless = sequence;
            return Never;
        }

        migrations.Expand(corpus, Add(model, chunks));
        return TimeSpan.Zero;
    }

    private async Task<TimeSpan> AdvanceAsync(MigrationRow row, Generation other, CancellationToken cancellationToken)
    {
        if (row.Phase == MigrationPhase.Retained && other.Row.Identity == embedders.Identity)
        {
            // The configuration went back to the embedder of before, which is still complete.
            migrations.Switch(corpus, row);
            return TimeSpan.Zero;
        }

        if (row.Phase == MigrationPhase.Backfill && _batchPause - time.GetElapsedTime(_batchEnded) is var resting && resting > TimeSpan.Zero) return resting;
        var started = time.GetTimestamp();
        var complete = await EmbedAsync(other, row.Phase == MigrationPhase.Backfill ? 1 : int.MaxValue, cancellationToken);
        var next = await EmbedFailedAsync(other, cancellationToken);
        await SyncAsync(other, cancellationToken);
        if (row.Phase == MigrationPhase.Retained) return Least(next, UntilMs(row.RetainUntilMs));
        if (!complete)
        {
            _batchEnded = time.GetTimestamp();
            _batchPause = time.GetElapsedTime(started) * ((1 / options.Embedding.Migration.BackfillShare) - 1);
            return _batchPause;
        }

        if (next < Never) return next;
        if (!link.IsAvailable || corpus.EpochOf(other) != link.Epoch) return AfterFailure;
        return row.Phase == MigrationPhase.Backfill ? Backfilled(row, other) : await JudgeAsync(row, other, cancellationToken);
    }

    /// <summary>The target has all that can be embedded.</summary>
    private TimeSpan Backfilled(MigrationRow row, Generation target)
    {
        var (failed, chunks, most) = (store.CountEmbedFailures(target.Row.Number).Final, corpus.Row.Chunks, options.Embedding.Migration.MaxFailureShare);
        if (failed > chunks * most)
        {
            var reason = FormattableString.Invariant($"{failed} of {chunks} chunks cannot be embedded with it; a share of {most} may fail.");
            if (row.Reason != reason) migrations.Hold(corpus, row, reason);
            return Never;
        }

        // An embedder that is gone answers nothing that the new one could be compared with.
        if (options.Embedding.Migration.DualReadSearches == 0 || corpus.Generation is { Embedder: UnavailableEmbedder }) migrations.Switch(corpus, row);
        else migrations.BeginDualRead(corpus, row);
        return TimeSpan.Zero;
    }

    /// <summary>Whether the target may answer, once enough searches were repeated with it or enough time has passed.</summary>
    private async Task<TimeSpan> JudgeAsync(MigrationRow row, Generation target, CancellationToken cancellationToken)
    {
        var wanted = options.Embedding.Migration;
        var left = UntilMs(row.SinceMs) + TimeSpan.FromMinutes(wanted.DualReadMinutes);
        if (row.Searches < wanted.DualReadSearches && left > TimeSpan.Zero) return left;
        if (row.Failures > row.Searches * wanted.MaxFailureShare)
            migrations.Hold(corpus, row, FormattableString.Invariant($"It failed {row.Failures} of {row.Searches} searches; a share of {wanted.MaxFailureShare} may fail."));
        else if (!await AnswersAsync(target.Embedder, EmbeddingUse.Query, cancellationToken))
            migrations.Hold(corpus, row, "It does not answer.");
        else
            migrations.Switch(corpus, row);
        return TimeSpan.Zero;
    }

    /// <summary>Removes the generations that neither answer nor are kept beside: what a refit, a switch, a way back or a crash left.</summary>
    private async Task DropUnusedAsync(CancellationToken cancellationToken)
    {
        foreach (var row in store.ReadGenerations(corpus.Number))
        {
            if (corpus.Keeps(generation => generation.Row.Number == row.Number)) continue;
            store.DropGeneration(row.Number);
            File.Delete(paths.Model(row.Number));
            // A set that cannot be dropped now is found as a stray one later.
            if (link.IsAvailable) await vectors.DropAsync(VectorSets.NameFor(store, row), cancellationToken);
        }
    }

    private TimeSpan UntilMs(long unixMs) => TimeSpan.FromMilliseconds(unixMs - time.GetUtcNow().ToUnixTimeMilliseconds());

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(128, LogLevel.Warning, "The embedder beside that of {Corpus} fails ({Fault}): {Reason} Searches are not concerned; it is tried again in {Milliseconds} ms.")]
    private partial void LogOtherFailed(string corpus, EmbedderFault fault, string reason, long milliseconds);
}
