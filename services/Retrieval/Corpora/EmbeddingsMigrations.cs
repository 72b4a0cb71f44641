using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

/// <summary>
/// The transitions of a change of the embedder. Each is one transaction of the store, and then what it means in memory; transitions of a corpus exclude each other, so whoever takes the change back
/// need not wait for the indexer's step.
/// <list type="number">
/// <item><see cref="Expand"/>: there is a second generation; the indexer embeds new chunks into both, and the present ones into the second.</item>
/// <item><see cref="BeginDualRead"/>: the second is complete; <see cref="Count"/> notes what it would have answered.</item>
/// <item><see cref="Switch"/>: the second answers; the first is kept up.</item>
/// <item><see cref="Contract"/>: the first is given up.</item>
/// </list>
/// <see cref="Revert"/> leads back from each of them but the last.
/// </summary>
internal sealed partial class EmbeddingsMigrations(DocumentStore store, CorpusHub hub, VectorLink link, MigrationOptions options, TimeProvider time, ILogger<EmbeddingsMigrations> logger)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A generation is to take the place of the one in use. Its set is empty, and so complete.</summary>
    public void Expand(Corpus corpus, Generation target)
    {
        lock (corpus.Transitions)
        {
            var source = corpus.Generation!;
            Save(corpus, new MigrationRow(
                MigrationPhase.Backfill, source.Row.Number, target.Row.Number, source.Embedder.Version, target.Embedder.Version, target.Row.Identity, Now));
            corpus.SetOther(target, link.IsAvailable ? link.Epoch : 0);
        }

        LogExpanded(corpus.Name, target.Embedder.Version, corpus.Generation!.Embedder.Version);
    }

    /// <summary>The target is complete.</summary>
    public void BeginDualRead(Corpus corpus, MigrationRow expected) => Move(corpus, expected, expected with { Phase = MigrationPhase.DualRead, SinceMs = Now, Reason = "" });

    /// <summary>The target was judged and may not answer: it is judged anew.</summary>
    public void Hold(Corpus corpus, MigrationRow expected, string reason)
    {
        if (!Move(corpus, expected, expected with { SinceMs = Now, Searches = 0, Failures = 0, Overlap = 0, Milliseconds = 0, Reason = reason })) return;
        if (reason != expected.Reason) LogHeld(corpus.Name, expected.TargetVersion, reason);
    }

    /// <summary>A live search was repeated with the target.</summary>
    /// <returns>Whether enough were.</returns>
    public bool Count(Corpus corpus, Generation target, double? overlap, double milliseconds)
    {
        lock (corpus.Transitions)
        {
            if (corpus.Migration is not { Phase: MigrationPhase.DualRead } row || corpus.Other != target) return false;
            Save(corpus, row with
            {
                Searches = row.Searches + 1,
                Failures = row.Failures + (overlap is null ? 1 : 0),
                Overlap = row.Overlap + (overlap ?? 0),
                Milliseconds = row.Milliseconds + milliseconds,
            });
            return row.Searches + 1 >= options.DualReadSearches;
        }
    }

    /// <summary>The generation beside the one in use answers from now on, and that one is kept up for a while.</summary>
    public void Switch(Corpus corpus, MigrationRow expected)
    {
        lock (corpus.Transitions)
        {
            if (corpus.Migration is not { } row || row.Phase != expected.Phase || row.Target != expected.Target || corpus is not { Generation: { } present, Other: { } other }) return;
            Save(
                corpus,
                row with
                {
                    Phase = MigrationPhase.Retained,
                    Source = present.Row.Number,
                    Target = other.Row.Number,
                    SourceVersion = present.Embedder.Version,
                    TargetVersion = other.Embedder.Version,
                    TargetIdentity = other.Row.Identity,
                    SinceMs = Now,
                    RetainUntilMs = (time.GetUtcNow() + TimeSpan.FromHours(options.RetainHours)).ToUnixTimeMilliseconds(),
                    Reason = "",
                },
                other.Row.Number);
            corpus.Swap();
        }

        hub.Publish(corpus.ToState(store));
        LogSwitched(corpus.Name, expected.TargetVersion, options.RetainHours);
    }

    /// <summary>The time to take the change back is over.</summary>
    public void Contract(Corpus corpus)
    {
        lock (corpus.Transitions)
        {
            Save(corpus, null);
            corpus.SetOther(null, 0);
        }

        LogContracted(corpus.Name, corpus.Generation?.Embedder.Version ?? "");
    }

    /// <summary>Takes the change back, at once and durably: the embedder of before answers. The indexer removes the other's vectors.</summary>
    /// <returns>False when there is no change, or it can no longer be taken back.</returns>
    public bool Revert(Corpus corpus)
    {
        MigrationRow row;
        lock (corpus.Transitions)
        {
            if (corpus.Migration is not { Phase: not MigrationPhase.Reverted } present || corpus.Other is not { } other) return false;
            if (present.Phase == MigrationPhase.Retained && Now >= present.RetainUntilMs) return false;
            row = present;
            var back = row with { Phase = MigrationPhase.Reverted, SinceMs = Now, RetainUntilMs = 0, Reason = "" };
            Save(corpus, back, row.Phase == MigrationPhase.Retained ? other.Row.Number : null);
            if (row.Phase == MigrationPhase.Retained) corpus.Swap();
            corpus.SetOther(null, 0);
        }

        hub.Publish(corpus.ToState(store));
        LogReverted(corpus.Name, row.TargetVersion, row.SourceVersion);
        return true;
    }

    /// <summary>Lets a change that was taken back begin again.</summary>
    /// <returns>False when none was.</returns>
    public bool Resume(Corpus corpus)
    {
        lock (corpus.Transitions)
        {
            if (corpus.Migration is not { Phase: MigrationPhase.Reverted }) return false;
            Save(corpus, null);
        }

        return true;
    }

    /// <summary>A refit of the embedder in use takes its place at once. Nothing happens when another generation has come into use since it began.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="old">The generation in use when the refit began.</param>
    /// <param name="fitted">The new one.</param>
    /// <param name="epoch">The epoch of the vector link in which its set is complete; 0 when it is not.</param>
    public bool Replace(Corpus corpus, Generation? old, Generation fitted, long epoch)
    {
        lock (corpus.Transitions)
        {
            if (corpus.Generation != old) return false;
            store.SwitchGeneration(corpus.Number, fitted.Row.Number);
            corpus.Use(fitted, epoch);
        }

        hub.Publish(corpus.ToState(store));
        return true;
    }

    private bool Move(Corpus corpus, MigrationRow expected, MigrationRow row)
    {
        lock (corpus.Transitions)
        {
            if (corpus.Migration is not { } present || present.Phase != expected.Phase || present.Target != expected.Target) return false;
            Save(corpus, row);
            return true;
        }
    }

    private void Save(Corpus corpus, MigrationRow? row, long? generation = null)
    {
        store.SaveMigration(corpus.Number, row, generation);
        corpus.Migration = row;
    }

    [LoggerMessage(160, LogLevel.Information, "The embedder of {Corpus} is to be {Target}; vectors are made beside those of {Source}.")]
    private partial void LogExpanded(string corpus, string target, string source);

    [LoggerMessage(161, LogLevel.Warning, "The embedder of {Corpus} stays as it is, and does not become {Target}: {Reason}")]
    private partial void LogHeld(string corpus, string target, string reason);

    [LoggerMessage(162, LogLevel.Information, "The embedder of {Corpus} is {Target} from now on; that can be taken back for {Hours} hours.")]
    private partial void LogSwitched(string corpus, string target, double hours);

    [LoggerMessage(163, LogLevel.Information, "The embedder of {Corpus} stays {Version}: what was kept to take the change back is removed.")]
    private partial void LogContracted(string corpus, string version);

    [LoggerMessage(164, LogLevel.Warning, "The embedder of {Corpus} is no longer to be {Target}: the change was taken back to {Source}.")]
    private partial void LogReverted(string corpus, string target, string source);
}
