namespace Slipway.Retrieval.Chunking;

/// <summary>Where a long section may be cut.</summary>
internal static class Boundaries
{
    /// <summary>
    /// The best place to cut after <paramref name="position"/>: near <paramref name="goal"/> and, if it can be, not after <paramref name="limit"/>. Better places are
    /// looked for first: between blocks, after a sentence, after a line, after a word. A code block or table of up to <paramref name="wholeBlock"/> is not cut.
    /// Looks at no more than the text between position and limit (or the end of one whole block), so that a pass over a section is linear.
    /// </summary>
    public static int Find(string text, List<Block> blocks, int block, int endBlock, int position, int goal, int limit, int wholeBlock)
    {
        limit = Math.Min(limit, text.Length);
        var least = position + ((goal - position) / 2);
        var best = -1;
        for (var i = block; i < endBlock && blocks[i].Start <= limit; i++)
        {
            var current = blocks[i];
            // A cut after a heading would part it from what it introduces.
            if (current.Start > least && (i == 0 || blocks[i - 1].Kind != BlockKind.Heading)) best = Nearer(best, current.Start, goal);
            if (current.Kind != BlockKind.Whole || current.End - current.Start > wholeBlock || current.End <= limit) continue;
            // A whole block lies across the limit: cut before it when enough stands there, else after it.
            if (best > 0) return best;
            return current.Start > position && !text.AsSpan(position, current.Start - position).IsWhiteSpace() && (i == 0 || blocks[i - 1].Kind != BlockKind.Heading)
                ? current.Start
                : current.End;
        }

        if (best > 0) return best;
        int sentence = -1, line = -1, word = -1;
        for (var i = Math.Max(least, position + 1); i < limit; i++)
        {
            if (!char.IsWhiteSpace(text[i])) continue;
            word = Nearer(word, i + 1, goal);
            if (text[i] == '\n') line = Nearer(line, i + 1, goal);
            if (text[i - 1] is '.' or '!' or '?' && (i + 1 >= text.Length || !char.IsLower(text[i + 1]))) sentence = Nearer(sentence, i + 1, goal);
        }

        if (InWhole(blocks, block, endBlock, goal)) sentence = -1;
        if (sentence > 0) return sentence;
        if (line > 0) return line;
        if (word > 0) return word;
        return limit - 1 > position && limit < text.Length && char.IsLowSurrogate(text[limit]) ? limit - 1 : limit;
    }

    private static bool InWhole(List<Block> blocks, int block, int endBlock, int goal) =>
        block < endBlock && blocks[block].Kind == BlockKind.Whole && blocks[block].Start <= goal && goal < blocks[block].End;

    private static int Nearer(int best, int candidate, int goal) =>
        best < 0 || Math.Abs(candidate - goal) < Math.Abs(best - goal) ? candidate : best;
}
