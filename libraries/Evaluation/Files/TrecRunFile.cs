using System.Globalization;

namespace Slipway.Evaluation;

/// <summary>
/// Runs in TREC's format, one result a line: <c>qid Q0 docid rank score tag</c>, separated by spaces or tabs, UTF-8. The second field is <c>Q0</c> or <c>0</c>;
/// the rank is an integer from 0 and, as in trec_eval, has no say in the order; the tag is the same on all lines; a line that starts with # is a comment, as for trec_eval 10. A file without lines is a run without results.
/// </summary>
public static class TrecRunFile
{
    /// <summary>The results of a file, as they are read.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IEnumerable<RunEntry> ReadEntries(string path) => LineParser.Read(() => new TrecRunParser(), path);

    /// <summary>The results of a stream, which is closed after it; <paramref name="name"/> stands for the file in messages.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or a document twice for a query. Use nothing of such a file.</exception>
    public static IEnumerable<RunEntry> ReadEntries(Stream stream, string name) => LineParser.Read(() => new TrecRunParser(), stream, name);

    /// <summary>Reads a whole run, with its tag.</summary>
    /// <exception cref="InvalidEvaluationFileException">There were bad lines, or a document twice for a query.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static Run Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var parser = new TrecRunParser();
        var entries = parser.Read(() => WholeFile.Open(path), path).ToList();
        return new Run(entries, parser.Tag ?? Run.DefaultTag);
    }

    /// <summary>Writes a run: queries in ordinal order, ranks from 1, scores in the shortest form that reads back as the same number.</summary>
    /// <exception cref="ArgumentException">An id or the tag has a space or a control character, or is not valid Unicode; the file is then left as it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        WholeFile.WriteLines(path, Lines(run));
    }

    /// <summary>Writes a run to a stream, which stays open.</summary>
    /// <exception cref="ArgumentException">An id or the tag has a space or a control character, or is not valid Unicode.</exception>
    public static void Write(Stream stream, Run run)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(run);
        WholeFile.WriteLines(stream, Lines(run));
    }

    private static IEnumerable<string> Lines(Run run)
    {
        IdRules.ThrowIfUnwritable("tag", run.Tag, spacesSeparate: true);
        foreach (var queryId in run.QueryIds)
        {
            IdRules.ThrowIfNoLineStart("qid", queryId);
            var rank = 0;
            foreach (var (documentId, score) in run.Ranked(queryId))
            {
                IdRules.ThrowIfUnwritable("docid", documentId, spacesSeparate: true);
                yield return string.Create(CultureInfo.InvariantCulture, $"{queryId} Q0 {documentId} {++rank} {score:R} {run.Tag}");
            }
        }
    }
}
