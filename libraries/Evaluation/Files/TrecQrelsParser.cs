namespace Slipway.Evaluation;

internal sealed class TrecQrelsParser() : FieldParser<Judgment>("qid", "docid")
{
    public const string Layout = "qid 0 docid rel";

    protected override bool IsComment(ReadOnlySpan<byte> line) => line.StartsWith("#"u8);

    protected override Judgment Parse(ReadOnlyMemory<byte> line)
    {
        if (SplitAtSpaces(line, 4, Layout) is not [var query, var zero, var document, var relevance]) return default;
        // Some official files of TREC (the deep learning track's) have Q0 here. Anything else is a column that moved.
        Expect("0", zero, "0", "Q0");
        var grade = Integer("rel", relevance);
        var (queryId, documentId) = Pair(query, document);
        return new Judgment(queryId, documentId, grade);
    }
}
