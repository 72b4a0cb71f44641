namespace Slipway.Retrieval.Chunking;

/// <summary>
/// The blocks of a Markdown text by a single pass over its lines: ATX and setext headings, fenced code, pipe tables, and paragraphs (anything between blank lines).
/// What CommonMark calls containers (lists, quotations) is text here: passages need places to cut, not a syntax tree. Linear in the text's length.
/// </summary>
internal static class MarkdownBlocks
{
    /// <summary>The blocks from <paramref name="start"/> on, in order; blank lines between them belong to none.</summary>
    public static List<Block> Scan(string text, int start)
    {
        var blocks = new List<Block>();
        var paragraph = -1;
        var paragraphLines = 0;
        var position = start;
        while (position < text.Length)
        {
            var end = LineEnd(text, position);
            var line = text.AsSpan(position, end - position).TrimEnd();
            var content = line.TrimStart();
            var indent = line.Length - content.Length;

            if (content.IsEmpty)
            {
                CloseParagraph(position);
            }
            else if (IsFence(content, out var fence))
            {
                CloseParagraph(position);
                end = FenceEnd(text, end, fence, content[0]);
                blocks.Add(new Block(position, end, BlockKind.Whole));
            }
            else if (indent < 4 && HeadingLevel(content) is > 0 and var level)
            {
                CloseParagraph(position);
                blocks.Add(new Block(position, end, BlockKind.Heading, level));
            }
            else if (paragraphLines == 1 && indent < 4 && SetextLevel(content) is > 0 and var setext)
            {
                blocks.Add(new Block(paragraph, end, BlockKind.Heading, setext));
                paragraph = -1;
                paragraphLines = 0;
            }
            else if (content[0] == '|')
            {
                CloseParagraph(position);
                while (end < text.Length && text.AsSpan(end, LineEnd(text, end) - end).TrimStart() is ['|', ..]) end = LineEnd(text, end);
                blocks.Add(new Block(position, end, BlockKind.Whole));
            }
            else
            {
                if (paragraph < 0) paragraph = position;
                paragraphLines++;
            }

            position = end;
        }

        CloseParagraph(text.Length);
        return blocks;

        void CloseParagraph(int end)
        {
            if (paragraph >= 0) blocks.Add(new Block(paragraph, end, BlockKind.Text));
            paragraph = -1;
            paragraphLines = 0;
        }
    }

    /// <summary>The paragraphs of plain text.</summary>
    public static List<Block> ScanPlain(string text, int start)
    {
        var blocks = new List<Block>();
        var paragraph = -1;
        for (var position = start; position < text.Length;)
        {
            var end = LineEnd(text, position);
            if (text.AsSpan(position, end - position).IsWhiteSpace())
            {
                if (paragraph >= 0) blocks.Add(new Block(paragraph, position, BlockKind.Text));
                paragraph = -1;
            }
            else if (paragraph < 0)
            {
                paragraph = position;
            }

            position = end;
        }

        if (paragraph >= 0) blocks.Add(new Block(paragraph, text.Length, BlockKind.Text));
        return blocks;
    }

    /// <summary>The words of a heading block, without its markers and inline markup, at most 200 characters.</summary>
    public static string HeadingText(string text, Block block)
    {
        var line = text.AsSpan(block.Start, block.End - block.Start).Trim();
        if (HeadingLevel(line) > 0)
        {
            line = line.TrimStart('#').Trim();
            var closing = line.TrimEnd('#');
            if (closing.Length < line.Length && (closing.IsEmpty || char.IsWhiteSpace(closing[^1]))) line = closing.TrimEnd();
        }
        else if (line.IndexOfAny('\r', '\n') is > 0 and var newline)
        {
            line = line[..newline].TrimEnd();
        }

        return InlineText.Strip(line.Length > 200 ? line[..(char.IsHighSurrogate(line[199]) ? 199 : 200)] : line);
    }

    /// <summary>The position after the line break that ends the line at <paramref name="position"/>, or the text's end.</summary>
    internal static int LineEnd(string text, int position)
    {
        var newline = text.AsSpan(position).IndexOf('\n');
        return newline < 0 ? text.Length : position + newline + 1;
    }

    private static int HeadingLevel(ReadOnlySpan<char> content)
    {
        var level = 0;
        while (level < content.Length && content[level] == '#') level++;
        return level is >= 1 and <= 6 && (level == content.Length || content[level] is ' ' or '\t') ? level : 0;
    }

    private static int SetextLevel(ReadOnlySpan<char> content) =>
        content.TrimEnd('=').IsEmpty ? 1 : content.Length > 1 && content.TrimEnd('-').IsEmpty ? 2 : 0;

    private static bool IsFence(ReadOnlySpan<char> content, out int length)
    {
        length = 0;
        if (content[0] is not ('`' or '~')) return false;
        while (length < content.Length && content[length] == content[0]) length++;
        // ```inline``` on one line is text.
        return length >= 3 && (content[0] == '~' || !content[length..].Contains('`'));
    }

    private static int FenceEnd(string text, int position, int length, char mark)
    {
        while (position < text.Length)
        {
            var end = LineEnd(text, position);
            var line = text.AsSpan(position, end - position).Trim();
            if (line.Length >= length && line.TrimStart(mark).IsEmpty) return end;
            position = end;
        }

        return text.Length;
    }
}
