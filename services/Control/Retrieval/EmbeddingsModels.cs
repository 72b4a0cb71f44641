using System.ComponentModel;

namespace Slipway.Control.Retrieval;

/// <summary>Which collection's embeddings.</summary>
internal sealed record EmbeddingsCollection
{
    [Description("default when it is not given.")]
    public string? Collection { get; init; }
}

/// <summary>How far a collection's passages are embedded.</summary>
/// <param name="WaitingChunks">Passages that the embedder failed on alone, and that are tried again.</param>
/// <param name="FailedChunks">Passages that are given up because it failed on them again and again. Keywords find them.</param>
/// <param name="Migration">The change from one embedder to another; null when there is none.</param>
internal sealed record EmbeddingsView(long WaitingChunks, long FailedChunks, EmbeddingsMigrationView? Migration);

/// <summary>A change from one embedder to another.</summary>
/// <param name="Phase">backfill (the new vectors are made), dual_read (live searches are repeated with them), retained (they answer; the old ones are kept up) or reverted (taken back).</param>
/// <param name="SourceVersion">The embeddings version that answered before.</param>
/// <param name="TargetVersion">The embeddings version that is to answer.</param>
/// <param name="Since">When the phase began, or the dual read began anew.</param>
/// <param name="DoneChunks">Passages that the new embedder has been through, while they are made.</param>
/// <param name="FailedChunks">Passages that the new embedder failed on for good.</param>
/// <param name="Searches">Searches that were repeated with the new vectors.</param>
/// <param name="FailedSearches">How many of these failed.</param>
/// <param name="Overlap">The mean overlap@10 of both rankings, 0 to 1; null before there is one.</param>
/// <param name="MeanMilliseconds">What the new embedder and its search took on average; null before there is one.</param>
/// <param name="RetainUntil">Until when the change can be taken back; null before the switch.</param>
/// <param name="Reason">Why the new vectors do not answer although they could; null otherwise.</param>
internal sealed record EmbeddingsMigrationView(
    string Phase, string SourceVersion, string TargetVersion, DateTimeOffset Since, long DoneChunks, long FailedChunks, long Searches, long FailedSearches, double? Overlap, double? MeanMilliseconds,
    DateTimeOffset? RetainUntil, string? Reason);

/// <summary>What a change of the embedder came to.</summary>
/// <param name="EmbeddingsVersion">The embeddings version that answers now.</param>
/// <param name="Embeddings">How far it is embedded.</param>
internal sealed record EmbeddingsChanged(string EmbeddingsVersion, EmbeddingsView Embeddings);
