using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding;
using Slipway.Retrieval.Embedding.Migration;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Corpora;

internal sealed partial class CorpusRegistry
{
    /// <summary>
    /// Loads the generation in use and, while the embedder changes, the one beside it. What is neither was being made, or being removed, when the process ended: the indexer removes it.
    /// </summary>
    private void LoadGenerations(Corpus corpus, CorpusRow row)
    {
        var generations = store.ReadGenerations(row.Number);
        var migration = store.ReadMigration(row.Number);
        corpus.Generation = Load(generations.FirstOrDefault(generation => generation.Number == row.Generation));
        if (corpus.Generation is null && row.Generation > 0) LogModelLost(corpus.Name);
        if (migration is null) return;

        var other = Load(generations.FirstOrDefault(generation => generation.Number == migration.Other));
        var making = migration.Phase is MigrationPhase.Backfill or MigrationPhase.DualRead;
        // One that the configuration no longer names is not made any further; one without a source to take the place of begins as the first of a corpus does; one that is lost cannot be gone back to.
        if ((making && (other is null || other.Row.Identity != embedders.Identity || corpus.Generation is null)) || (migration.Phase == MigrationPhase.Retained && other is null))
        {
            LogMigrationEnded(corpus.Name, migration.TargetVersion, migration.Phase);
            store.SaveMigration(row.Number, null);
            return;
        }

        corpus.Migration = migration;
        corpus.SetOther(other, 0);

        Generation? Load(GenerationRow? generation)
        {
            if (generation is null || embedders.Reopen(generation) is not { } embedder) return null;
            if (embedder is UnavailableEmbedder { Reason: var reason }) LogEmbedderUnavailable(corpus.Name, reason);
            return new Generation(generation, embedder, VectorSets.NameFor(store, generation));
        }
    }

    [LoggerMessage(114, LogLevel.Error, "Vectors of {Corpus} cannot be searched: {Reason}")]
    private partial void LogEmbedderUnavailable(string corpus, string reason);

    [LoggerMessage(115, LogLevel.Warning, "The change of {Corpus} to the embedder {Target} ends in its phase {Phase}: its configuration or its files have changed.")]
    private partial void LogMigrationEnded(string corpus, string target, MigrationPhase phase);
}
