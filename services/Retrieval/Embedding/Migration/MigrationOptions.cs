namespace Slipway.Retrieval.Embedding.Migration;

/// <summary>How a corpus changes from one embedder to another.</summary>
internal sealed record MigrationOptions
{
    /// <summary>The share of its time that the backfill works; in the rest it leaves the machine and the embedder to searches. 0.01 to 1, default 0.5.</summary>
    public double BackfillShare { get; init; } = 0.5;

    /// <summary>After this many live searches that were repeated with the new vectors these are judged. 0 to 100,000, default 100; 0 switches as soon as they are complete.</summary>
    public int DualReadSearches { get; init; } = 100;

    /// <summary>After this long they are judged, however few searches there were, in minutes. 0.01 to 1,440, default 10.</summary>
    public double DualReadMinutes { get; init; } = 10;

    /// <summary>The largest share of repeated searches, and of chunks, that the new embedder may fail on. 0 to 1, default 0.05.</summary>
    public double MaxFailureShare { get; init; } = 0.05;

    /// <summary>How long the old vectors are kept up after the switch, so that it can be taken back, in hours. 0 to 8,760, default 24.</summary>
    public double RetainHours { get; init; } = 24;
}
