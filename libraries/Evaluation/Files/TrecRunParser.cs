namespace Slipway.Evaluation;

internal sealed class TrecRunParser() : FieldParser<RunEntry>("qid", "docid")
{
    public const string Layout = "qid Q0 docid rank score tag";

    private long _tagLine;

    /// <summary>The tag of the lines read so far; null before the first.</summary>
    public string? Tag { get; private set; }

    protected override bool IsComment(ReadOnlySpan<byte> line) => line.StartsWith("#"u8);

    protected override RunEntry Parse(ReadOnlyMemory<byte> line)
    {
        if (SplitAtSpaces(line, 6, Layout) is not [var query, var zero, var document, var rank, var score, var tag]) return default;
        Expect("Q0", zero, "Q0", "0");
        if (Integer("rank", rank) < 0) Problem("rank", $"'{Quoted.Short(rank)}' is below 0");
        var value = Number64("score", score);
        CheckTag(tag);
        var (queryId, documentId) = Pair(query, document);
        return new RunEntry(queryId, documentId, value);
    }

    private void CheckTag(string tag)
    {
        if (IdRules.Problem(tag) is { } problem) Problem("tag", problem);
        else if (Tag is null) (Tag, _tagLine) = (tag, Number);
        else if (Tag != tag) Problem("tag", FormattableString.Invariant($"'{Quoted.Short(tag)}' is not '{Quoted.Short(Tag)}' of line {_tagLine}: one file holds one run"));
    }
}
