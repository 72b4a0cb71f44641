using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Search;

/// <summary>Why a search was answered from keywords alone, or from vectors alone; the words of the contract.</summary>
internal static class DegradedReason
{
    /// <summary>The vector index is away, or is being filled again.</summary>
    public const string VectorsUnavailable = "vectors_unavailable";

    /// <summary>The vector index did not answer within its budget.</summary>
    public const string VectorsTimeout = "vectors_timeout";

    /// <summary>The keyword index is away or failed: vectors answer alone.</summary>
    public const string KeywordUnavailable = "keyword_unavailable";

    /// <summary>There are documents, but no embedder has been fitted on them yet; or the embedder failed, or took too long over the question.</summary>
    public const string EmbedderUnavailable = "embedder_unavailable";

    /// <summary>The vector index finds too few of the true neighbours (its recall is below its objective), or is being built again because of that.</summary>
    public const string RecallBelowObjective = "recall_below_objective";

    /// <summary>The reason of a fault of the vector index.</summary>
    public static string Of(VectorFault fault) => fault == VectorFault.Timeout ? VectorsTimeout : VectorsUnavailable;
}
