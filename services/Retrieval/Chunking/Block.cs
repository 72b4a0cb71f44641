namespace Slipway.Retrieval.Chunking;

/// <summary>What a run of lines is.</summary>
internal enum BlockKind
{
    /// <summary>A heading line; the block's level is 1 to 6.</summary>
    Heading,

    /// <summary>A paragraph, a list, a quotation: may be cut between sentences.</summary>
    Text,

    /// <summary>A code block or a table: kept whole where it fits.</summary>
    Whole,
}

/// <summary>A run of lines of a document: <c>text[Start..End]</c>.</summary>
internal readonly record struct Block(int Start, int End, BlockKind Kind, int Level = 0);

/// <summary>A heading and those above it.</summary>
internal sealed class HeadingNode(string text, int level, HeadingNode? parent)
{
    public HeadingNode? Parent => parent;

    public int Level => level;

    public int Depth { get; } = (parent?.Depth ?? 0) + 1;

    /// <summary>Outermost first, joined with " > ".</summary>
    public string Path => parent is null ? text : parent.Path + " > " + text;

    /// <summary>The headings that stand above both.</summary>
    public static HeadingNode? Common(HeadingNode? a, HeadingNode? b)
    {
        while (a is not null && b is not null && !ReferenceEquals(a, b))
        {
            if (a.Depth >= b.Depth) a = a.Parent;
            else b = b.Parent;
        }

        return a is null || b is null ? null : a;
    }
}
