using System.ComponentModel;

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
/// <param name="Fusion">The weight of its hybrid searches.</param>
internal sealed record IndexFigures(
    string Tenant, string Collection, string State, string? Reason, DateTimeOffset Since, int Rebuilds, RecallShare Recall, long Documents, long Chunks, string CorpusVersion, string? EmbeddingsVersion,
    FusionFigures Fusion);

/// <summary>Judged questions to choose a weight by.</summary>
internal sealed record TuneFusionModel
{
    [Description("default when it is not given.")]
    public string? Collection { get; init; }

    [Description("30 to 2,000.")]
    public IReadOnlyList<JudgedQuestionModel?>? Questions { get; init; }

    [Description("True: only tell what would be chosen.")]
    public bool? Trial { get; init; }
}

/// <summary>A question and what answers it.</summary>
internal sealed record JudgedQuestionModel
{
    [Description("1 to 8,192 characters.")]
    public string? Text { get; init; }

    [Description("How relevant documents are, by id: 0 to 100; one above 0 at least. Documents that are not named count as 0.")]
    public IReadOnlyDictionary<string, int>? Relevance { get; init; }
}

/// <summary>The weight of the vector ranking in hybrid searches. The figures are mean nDCG@10 over the judged questions; null when there were none.</summary>
/// <param name="VectorWeight">0 to 1.</param>
/// <param name="Source">default (configured), held_out (chosen, and no worse on questions that it was not chosen by), keyword or vector (one half alone was better than any mixture).</param>
/// <param name="Questions">Judged questions.</param>
/// <param name="KeywordNdcg">Of keywords alone.</param>
/// <param name="VectorNdcg">Of vectors alone.</param>
/// <param name="DefaultNdcg">Of the default weight.</param>
/// <param name="HeldOutNdcg">Of a chosen weight, on questions that it was not chosen by.</param>
/// <param name="ChosenAt">When; null when none was chosen.</param>
internal sealed record FusionFigures(
    double VectorWeight, string Source, int Questions, double? KeywordNdcg, double? VectorNdcg, double? DefaultNdcg, double? HeldOutNdcg, DateTimeOffset? ChosenAt);

/// <summary>Recall@k, estimated from live searches that were repeated exactly.</summary>
/// <param name="K">k.</param>
/// <param name="Samples">Searches that count.</param>
/// <param name="Mean">The mean; null without samples.</param>
/// <param name="Lower">The lower end of the 95 % interval; null without samples.</param>
/// <param name="Upper">The upper end; null without samples.</param>
/// <param name="Target">The objective.</param>
internal sealed record RecallShare(int K, int Samples, double? Mean, double? Lower, double? Upper, double Target);
