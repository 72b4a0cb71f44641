using System.Text;

namespace Slipway.Evaluation;

internal sealed class BeirQrelsParser() : FieldParser<Judgment>("query-id", "corpus-id")
{
    public const string Header = "query-id\tcorpus-id\tscore";

    protected override bool HasHeader => true;

    protected override void ParseHeader(ReadOnlyMemory<byte> line)
    {
        var header = Encoding.UTF8.GetString(line.Span);
        if (header != Header) Problem("header", $"'{Quoted.Short(header)}' is not 'query-id corpus-id score', separated by tabs");
    }

    protected override Judgment Parse(ReadOnlyMemory<byte> line)
    {
        if (SplitAtTabs(line, 3, "query-id corpus-id score") is not [var query, var document, var score]) return default;
        var grade = Integer("score", score);
        var (queryId, documentId) = Pair(query, document);
        return new Judgment(queryId, documentId, grade);
    }
}
