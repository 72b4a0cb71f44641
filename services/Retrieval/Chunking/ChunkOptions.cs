namespace Slipway.Retrieval.Chunking;

/// <summary>The sizes of chunks, in UTF-16 units.</summary>
internal sealed record ChunkOptions
{
    /// <summary>Changes when the same text is cut differently: it is part of a document's content hash.</summary>
    public const string Version = "1";

    /// <summary>A section of up to this is one chunk. Default 1,600: an abstract stays whole.</summary>
    public int Whole { get; init; } = 1600;

    /// <summary>A longer section is cut into near-equal parts of at most this. Default 1,200.</summary>
    public int Part { get; init; } = 1200;

    /// <summary>A code block or a table of up to this is never cut. Default 2,400.</summary>
    public int WholeBlock { get; init; } = 2400;

    /// <summary>A section shorter than this is joined with the one that follows. Default 200.</summary>
    public int Small { get; init; } = 200;
}
