namespace Slipway.Retrieval.Chunking;

/// <summary>A passage of a document: <c>text[Start..End]</c>, in UTF-16 units, with the headings above it.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Heading">The headings above its first line, outermost first, joined with " > "; empty for plain text.</param>
internal readonly record struct Chunk(int Start, int End, string Heading)
{
    /// <summary>Its length in UTF-16 units.</summary>
    public int Length => End - Start;
}

/// <summary>What chunking found in a document.</summary>
/// <param name="Title">The first heading of level 1, or empty.</param>
/// <param name="Chunks">In the order of the text. Together they hold everything in it but white space and front matter.</param>
internal sealed record ChunkedText(string Title, IReadOnlyList<Chunk> Chunks);
