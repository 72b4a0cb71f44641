namespace Slipway.Control.Retrieval;

/// <summary>How the vector indexes stand.</summary>
/// <param name="Indexes">By tenant and collection.</param>
internal sealed record RetrievalResponse(IReadOnlyList<IndexFigures> Indexes);

/// <summary>The vector index of a collection.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Collection">The collection.</param>
/// <param name="State">healthy, degraded (keywords answer) or recovering (keywords answer while it is built again).</param>
/// <param name="Reason">vectors_unavailable, vectors_timeout, embedder_unavailable or recall_below_objective; null when healthy.</param>
/// <param name="Since">When recall last changed the state.</param>
/// <param name="Rebuilds">Rebuilds in a row that have not helped.</param>
/// <param name="Recall">The estimate.</param>
/// <param name="Documents">Documents.</param>
/// <param name="Chunks">Passages.</param>
/// <param name="CorpusVersion">The corpus version.</param>
/// <param name="EmbeddingsVersion">What made the vectors; null before the first fit.</param>
internal sealed record IndexFigures(
    string Tenant, string Collection, string State, string? Reason, DateTimeOffset Since, int Rebuilds, RecallShare Recall, long Documents, long Chunks, string CorpusVersion, string? EmbeddingsVersion);

/// <summary>Recall@k, estimated from live searches that were repeated exactly.</summary>
/// <param name="K">k.</param>
/// <param name="Samples">Searches that count.</param>
/// <param name="Mean">The mean; null without samples.</param>
/// <param name="Lower">The lower end of the 95 % interval; null without samples.</param>
/// <param name="Upper">The upper end; null without samples.</param>
/// <param name="Target">The objective.</param>
internal sealed record RecallShare(int K, int Samples, double? Mean, double? Lower, double? Upper, double Target);
