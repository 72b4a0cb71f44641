using Slipway.Retrieval.Keyword;

namespace Slipway.Retrieval.Fusion;

/// <summary>What both indexes found for a judged question.</summary>
/// <param name="Question">Its number among the judged questions.</param>
/// <param name="Relevance">The grades of documents: 1 and more is relevant.</param>
/// <param name="Keyword">The keyword ranking.</param>
/// <param name="Vector">The vector ranking.</param>
/// <param name="Documents">The document of each chunk of either.</param>
internal sealed record JudgedRankings(
    int Question, IReadOnlyDictionary<string, int> Relevance, IReadOnlyList<ScoredChunk> Keyword, IReadOnlyList<ScoredChunk> Vector, IReadOnlyDictionary<long, string> Documents);
