using Slipway.Contracts;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Corpora;

/// <summary>How far corpora are embedded, for people.</summary>
internal sealed class EmbeddingsStatus(DocumentStore store)
{
    /// <summary>The figures of a corpus.</summary>
    public EmbeddingsFigures Of(Corpus corpus)
    {
        var failures = corpus.Generation is { } generation ? store.CountEmbedFailures(generation.Row.Number) : default;
        return new EmbeddingsFigures { WaitingChunks = failures.Waiting, FailedChunks = failures.Final };
    }
}
