namespace Slipway.Retrieval.Chunking;

/// <summary>
/// Cuts documents into passages.
/// <list type="number">
/// <item>A scan of the lines gives blocks.</item>
/// <item>A heading opens a section; small sections are joined with the next, under the headings that they share.</item>
/// <item>A section that is too long is cut into near-equal parts: between blocks, else between sentences, lines or words, as near to equal as can be.</item>
/// </list>
/// Pure and deterministic; time and memory are linear in the text's length.
/// </summary>
internal sealed class Chunker(ChunkOptions options)
{
    /// <summary>Chunks a Markdown text.</summary>
    public ChunkedText Markdown(string text)
    {
        var (start, title) = FrontMatter.Find(text);
        var blocks = MarkdownBlocks.Scan(text, start);
        var first = blocks.FindIndex(block => block is { Kind: BlockKind.Heading, Level: 1 });
        return new ChunkedText(first >= 0 ? MarkdownBlocks.HeadingText(text, blocks[first]) : title, Pack(text, blocks));
    }

    /// <summary>Chunks plain text, which has no title and no headings.</summary>
    public ChunkedText Plain(string text) => new("", Pack(text, MarkdownBlocks.ScanPlain(text, text.StartsWith('\uFEFF') ? 1 : 0)));

    private List<Chunk> Pack(string text, List<Block> blocks)
    {
        var chunks = new List<Chunk>();
        HeadingNode? open = null;
        var section = new Section();
        for (var i = 0; i < blocks.Count;)
        {
            var from = i;
            if (blocks[i].Kind == BlockKind.Heading)
            {
                while (open is not null && open.Level >= blocks[i].Level) open = open.Parent;
                open = new HeadingNode(MarkdownBlocks.HeadingText(text, blocks[i]), blocks[i].Level, open);
                i++;
            }

            var body = i;
            while (i < blocks.Count && blocks[i].Kind != BlockKind.Heading) i++;
            var next = new Section(from, i, blocks[from].Start, blocks[i - 1].End, open, i > body);
            if (section.IsEmpty) section = next;
            else if (section.Length < options.Small && section.Length + next.Length <= options.Whole) section = section.Join(next);
            else Flush(next);
        }

        Flush(default);
        return chunks;

        void Flush(Section next)
        {
            if (!section.IsEmpty) Cut(text, blocks, section, chunks);
            section = next;
        }
    }

    private void Cut(string text, List<Block> blocks, Section section, List<Chunk> chunks)
    {
        var heading = section.Heading?.Path ?? "";
        var position = section.Start;
        var block = section.FirstBlock;
        if (section.Length > options.Whole)
        {
            while (section.End - position > options.Part)
            {
                var remaining = section.End - position;
                var parts = (remaining + options.Part - 1) / options.Part;
                while (block < section.EndBlock && blocks[block].End <= position) block++;
                var cut = Boundaries.Find(text, blocks, block, section.EndBlock, position, position + (remaining / parts), position + options.Part, options.WholeBlock);
                if (cut >= section.End) break;
                Add(position, cut);
                position = cut;
            }
        }

        Add(position, section.End);

        void Add(int start, int end)
        {
            while (start < end && char.IsWhiteSpace(text[start])) start++;
            while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
            if (end > start) chunks.Add(new Chunk(start, end, heading));
        }
    }

    /// <summary>Blocks [FirstBlock, EndBlock) under a heading.</summary>
    private readonly record struct Section(int FirstBlock, int EndBlock, int Start, int End, HeadingNode? Heading, bool HasBody)
    {
        public bool IsEmpty => EndBlock == 0;

        public int Length => End - Start;

        public Section Join(Section next)
        {
            // A heading without a text of its own introduces the next one; two texts keep the headings that both stand under.
            var heading = HasBody ? HeadingNode.Common(Heading, next.Heading) ?? Heading ?? next.Heading : next.Heading;
            return new Section(FirstBlock, next.EndBlock, Start, next.End, heading, HasBody || next.HasBody);
        }
    }
}
