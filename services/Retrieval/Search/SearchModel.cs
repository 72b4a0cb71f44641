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
/// <param name="Tenant">Whose documents.</param>
/// <param name="Text">The question.</param>
/// <param name="Limit">How many passages at most.</param>
/// <param name="Mode">Which indexes are asked for.</param>
/// <param name="Vector">The question's vector, or empty.</param>
/// <param name="EmbeddingsVersion">What made the vector.</param>
/// <param name="Filter">Which documents may be found; null for all.</param>
/// <param name="Deadline">When the caller stops waiting, as a <see cref="TimeProvider"/> UTC time.</param>
internal sealed record SearchQuery(
    string Tenant, string Text, int Limit, RetrievalMode Mode, ReadOnlyMemory<float> Vector = default, string EmbeddingsVersion = "", MetadataFilter? Filter = null,
    DateTimeOffset? Deadline = null);

/// <summary>A passage with its scores.</summary>
internal readonly record struct FoundPassage(PassageRow Passage, FusedChunk Scores);

/// <summary>What a search found.</summary>
internal sealed record SearchResult(
    IReadOnlyList<FoundPassage> Passages, RetrievalMode Mode, string DegradedReason, string CorpusVersion, string EmbeddingsVersion);
