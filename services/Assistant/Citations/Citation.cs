using Slipway.Contracts;

namespace Slipway.Assistant.Citations;

/// <summary>A passage that an answer points at. It was among the passages that the model was given; nothing else can be cited.</summary>
/// <param name="Number">The number in the text: <c>[n]</c>.</param>
/// <param name="DocumentId">The document.</param>
/// <param name="ChunkId">The passage.</param>
/// <param name="Title">The document's title.</param>
/// <param name="Heading">The headings above the passage.</param>
/// <param name="Start">Where the passage starts in the document's text, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Score">The fused retrieval score.</param>
internal sealed record Citation(int Number, string DocumentId, string ChunkId, string Title, string Heading, int Start, int End, double Score)
{
    /// <summary>The document as a URI, for clients that want one.</summary>
    public string Url { get; } = "slipway://documents/" + Uri.EscapeDataString(DocumentId);

    public static Citation Of(int number, Passage passage) =>
        new(number, passage.DocumentId, passage.ChunkId, passage.Title, passage.Heading, passage.Start, passage.End, passage.Score);
}
