namespace Slipway.Retrieval.Embedding.Migration;

/// <summary>How far a change of the embedder is. The numbers are stored.</summary>
internal enum MigrationPhase
{
    /// <summary>The new vectors are being made; new chunks get both. The old ones answer.</summary>
    Backfill = 1,

    /// <summary>The new vectors are complete, and live searches are repeated with them. The old ones answer.</summary>
    DualRead = 2,

    /// <summary>The new vectors answer; the old ones are kept up, so that the change can be taken back.</summary>
    Retained = 3,

    /// <summary>The change was taken back. The old vectors answer, and the same change does not begin by itself.</summary>
    Reverted = 4,
}

/// <summary>The change of a corpus' embedder as the store keeps it.</summary>
/// <param name="Phase">How far it is.</param>
/// <param name="Source">The generation that answered before.</param>
/// <param name="Target">The generation that is to answer.</param>
/// <param name="SourceVersion">The embeddings version of the source.</param>
/// <param name="TargetVersion">The embeddings version of the target.</param>
/// <param name="TargetIdentity">What tells the target's embedder from others.</param>
/// <param name="SinceMs">When the phase began, or the dual read began anew, in milliseconds since 1970.</param>
/// <param name="Searches">Searches that were repeated with the target since then.</param>
/// <param name="Failures">How many of these it failed.</param>
/// <param name="Overlap">The sum of their overlap@10: the share of the chunks that both found.</param>
/// <param name="Milliseconds">The sum of what the target took over them.</param>
/// <param name="RetainUntilMs">Until when the change can be taken back.</param>
/// <param name="Reason">Why the target does not answer yet although it could; empty otherwise.</param>
internal sealed record MigrationRow(
    MigrationPhase Phase, long Source, long Target, string SourceVersion, string TargetVersion, string TargetIdentity, long SinceMs, long Searches = 0, long Failures = 0, double Overlap = 0,
    double Milliseconds = 0, long RetainUntilMs = 0, string Reason = "")
{
    /// <summary>The generation beside the one in use; 0 for none.</summary>
    public long Other => Phase switch
    {
        MigrationPhase.Backfill or MigrationPhase.DualRead => Target,
        MigrationPhase.Retained => Source,
        _ => 0,
    };
}
