namespace Slipway.Retrieval.Chunking;

/// <summary>YAML front matter: a first line <c>---</c>, up to the next line <c>---</c> or <c>...</c>. It is no part of any passage; its title is the document's.</summary>
internal static class FrontMatter
{
    /// <summary>Longer ones are taken for text between two rules, in UTF-16 units.</summary>
    private const int Longest = 16 * 1024;

    /// <summary>Where the text begins after the front matter (0 where there is none), and its <c>title</c>, or empty.</summary>
    public static (int End, string Title) Find(string text)
    {
        var bom = text.StartsWith('\uFEFF') ? 1 : 0;
        var position = MarkdownBlocks.LineEnd(text, bom);
        if (!text.AsSpan(bom, position - bom).TrimEnd().SequenceEqual("---")) return (bom, "");
        var title = "";
        while (position < text.Length && position < Longest)
        {
            var end = MarkdownBlocks.LineEnd(text, position);
            var line = text.AsSpan(position, end - position).TrimEnd();
            if (line.SequenceEqual("---") || line.SequenceEqual("...")) return (end, title);
            if (line.StartsWith("title:")) title = line["title:".Length..].Trim().Trim('"').Trim('\'').ToString();
            position = end;
        }

        return (bom, "");
    }
}
