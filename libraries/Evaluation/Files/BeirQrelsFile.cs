using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>
/// Judgments in BEIR's format (https://github.com/beir-cellar/beir, <c>qrels/test.tsv</c>): the header <c>query-id corpus-id score</c>, then one judgment a line,
/// separated by tabs, UTF-8; the score is an integer grade.
/// </summary>
public static class BeirQrelsFile
{
    /// <summary>The judgments of a file, as they are read.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: no header, bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IEnumerable<Judgment> ReadEntries(string path) => LineParser.Read(() => new BeirQrelsParser(), path);

    /// <summary>The judgments of a stream, which is closed after it; <paramref name="name"/> stands for the file in messages.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: no header, bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    public static IEnumerable<Judgment> ReadEntries(Stream stream, string name) => LineParser.Read(() => new BeirQrelsParser(), stream, name);

    /// <summary>Reads all judgments of a file.</summary>
    /// <exception cref="InvalidEvaluationFileException">There is no header, there were bad lines, or a document twice for a query.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Judgments Read(string path) => new([.. ReadEntries(path)]);

    /// <summary>Writes judgments: queries, and documents within each, in ordinal order.</summary>
    /// <exception cref="ArgumentException">An id has a control character or is not valid Unicode; the file is then left as it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Judgments judgments)
    {
        ArgumentNullException.ThrowIfNull(judgments);
        WholeFile.WriteLines(path, judgments.Entries.Select(Line).Prepend(BeirQrelsParser.Header));
    }

    private static string Line(Judgment judgment)
    {
        IdRules.ThrowIfUnwritable("query-id", judgment.QueryId, spacesSeparate: false);
        IdRules.ThrowIfUnwritable("corpus-id", judgment.DocumentId, spacesSeparate: false);
        return string.Create(CultureInfo.InvariantCulture, $"{judgment.QueryId}\t{judgment.DocumentId}\t{judgment.Relevance}");
    }
}
