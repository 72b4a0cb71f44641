using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>
/// Judgments in TREC's format, one a line: <c>qid 0 docid rel</c>, separated by spaces or tabs, UTF-8. The second field is <c>0</c> or <c>Q0</c>; the grade is an integer. A line that starts with # is
/// a comment, as for trec_eval 10.
/// </summary>
public static class TrecQrelsFile
{
    /// <summary>The judgments of a file, as they are read.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IEnumerable<Judgment> ReadEntries(string path) => LineParser.Read(() => new TrecQrelsParser(), path);

    /// <summary>The judgments of a stream, which is closed after it; <paramref name="name"/> stands for the file in messages.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    public static IEnumerable<Judgment> ReadEntries(Stream stream, string name) => LineParser.Read(() => new TrecQrelsParser(), stream, name);

    /// <summary>Reads all judgments of a file.</summary>
    /// <exception cref="InvalidEvaluationFileException">There were bad lines, or a document twice for a query.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Judgments Read(string path) => new([.. ReadEntries(path)]);

    /// <summary>Writes judgments: queries, and documents within each, in ordinal order.</summary>
    /// <exception cref="ArgumentException">An id has a space or a control character, or is not valid Unicode; the file is then left as it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Judgments judgments)
    {
        ArgumentNullException.ThrowIfNull(judgments);
        WholeFile.WriteLines(path, judgments.Entries.Select(Line));
    }

    /// <summary>Writes judgments to a stream, which stays open.</summary>
    /// <exception cref="ArgumentException">An id has a space or a control character, or is not valid Unicode.</exception>
    public static void Write(Stream stream, Judgments judgments)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(judgments);
        WholeFile.WriteLines(stream, judgments.Entries.Select(Line));
    }

    private static string Line(Judgment judgment)
    {
        IdRules.ThrowIfNoLineStart("qid", judgment.QueryId);
        IdRules.ThrowIfUnwritable("docid", judgment.DocumentId, spacesSeparate: true);
        return string.Create(CultureInfo.InvariantCulture, $"{judgment.QueryId} 0 {judgment.DocumentId} {judgment.Relevance}");
    }
}
