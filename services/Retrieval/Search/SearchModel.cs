using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Filtering;
using Slipway.Retrieval.Fusion;

namespace Slipway.Retrieval.Search;

/// <summary>Which indexes answer.</summary>
internal enum RetrievalMode
{
    Hybrid,
    Keyword,
    Vector,

    /// <summary>Vectors, compared one by one.</summary>
    Exact,
}

/// <summary>A search.</summary>
/// <param name="Corpus">Whose documents.</param>
/// <param name="Text">The question.</param>
/// <param name="Limit">How many passages at most.</param>
/// <param name="Offset">How many of the best passages to pass over.</param>
/// <param name="Window">How many chunks each index ranks: the same for all pages of a query, so that they do not overlap.</param>
/// <param name="Mode">Which indexes are asked for.</param>
/// <param name="Vector">The question's vector, or empty.</param>
/// <param name="EmbeddingsVersion">What made the vector.</param>
/// <param name="Filter">Which documents may be found; null for all.</param>
/// <param name="Highlight">Whether to tell where the question's words stand.</param>
/// <param name="IncludeMetadata">Whether to read the documents' metadata.</param>
/// <param name="Rerank">Whether a model ranks the best passages again.</param>
/// <param name="RequestId">The request that this is for.</param>
/// <param name="Deadline">When the caller stops waiting, as a <see cref="TimeProvider"/> UTC time.</param>
internal sealed record SearchQuery(
    CorpusKey Corpus, string Text, int Limit, int Offset, int Window, RetrievalMode Mode, ReadOnlyMemory<float> Vector = default, string EmbeddingsVersion = "", MetadataFilter? Filter = null,
    bool Highlight = false, bool IncludeMetadata = false, bool Rerank = false, string RequestId = "", DateTimeOffset? Deadline = null);

/// <summary>A passage with its scores (the last one of the model that ranked again, if it did), and where words of the question stand in its text if that was asked for.</summary>
internal readonly record struct FoundPassage(PassageRow Passage, FusedChunk Scores, double? RerankScore, IReadOnlyList<(int Start, int End)> Highlights);

/// <summary>What a search found, and whether its window holds more.</summary>
internal sealed record SearchResult(
    IReadOnlyList<FoundPassage> Passages, bool More, RetrievalMode Mode, string DegradedReason, string CorpusVersion, string EmbeddingsVersion, string Rerank = "", double CostUsd = 0);
