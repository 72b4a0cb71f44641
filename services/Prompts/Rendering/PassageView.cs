using Slipway.Contracts;

namespace Slipway.Prompts.Rendering;

/// <summary>A passage as templates see it, encoded.</summary>
/// <param name="N">Its citation number: <c>n</c>.</param>
/// <param name="Title">The document's title, for use between double quotes.</param>
/// <param name="Section">The headings above it, for use between double quotes.</param>
/// <param name="Text">Its text.</param>
internal sealed record PassageView(int N, string Title, string Section, string Text)
{
    public static PassageView Of(PromptPassage passage, int n) =>
        new(n, InputEncoding.Attribute(passage.Title), InputEncoding.Attribute(passage.Heading), InputEncoding.Text(passage.Text.Trim()));
}
