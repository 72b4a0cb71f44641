using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Embedding.Migration;

namespace Slipway.Retrieval.Corpora;

/// <summary>How far corpora are embedded and how far a change of their embedder is, for people.</summary>
internal sealed class EmbeddingsStatus(DocumentStore store)
{
    /// <summary>The figures of a corpus.</summary>
    public EmbeddingsFigures Of(Corpus corpus)
    {
        var failures = corpus.Generation is { } generation ? store.CountEmbedFailures(generation.Row.Number) : default;
        var figures = new EmbeddingsFigures { WaitingChunks = failures.Waiting, FailedChunks = failures.Final };
        if (corpus.Migration is { } row) figures.Migration = Describe(corpus, row);
        return figures;
    }

    private EmbeddingsMigration Describe(Corpus corpus, MigrationRow row)
    {
        var making = row.Phase is MigrationPhase.Backfill or MigrationPhase.DualRead;
        var failures = making ? store.CountEmbedFailures(row.Target) : default;
        var answered = row.Searches - row.Failures;
        return new EmbeddingsMigration
        {
            Phase = row.Phase switch
            {
                MigrationPhase.Backfill => EmbeddingsPhase.Backfill,
                MigrationPhase.DualRead => EmbeddingsPhase.DualRead,
                MigrationPhase.Retained => EmbeddingsPhase.Retained,
                _ => EmbeddingsPhase.Reverted,
            },
            SourceVersion = row.SourceVersion,
            TargetVersion = row.TargetVersion,
            SinceUnixMs = row.SinceMs,
            DoneChunks = making ? store.CountChunksDone(corpus.Number, row.Target) - failures.Waiting : 0,
            FailedChunks = failures.Final,
            Searches = row.Searches,
            FailedSearches = row.Failures,
            Overlap = answered > 0 ? row.Overlap / answered : 0,
            MeanMilliseconds = row.Searches > 0 ? row.Milliseconds / row.Searches : 0,
            RetainUntilUnixMs = row.RetainUntilMs,
            Reason = row.Reason,
        };
    }
}
