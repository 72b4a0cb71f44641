namespace Slipway.Evaluation;

/// <summary>Queries in BEIR's format (<c>queries.jsonl</c>): one JSON object a line, <c>{"_id": "1", "text": "…"}</c>, both strings, each id once, UTF-8.</summary>
public static class BeirQueriesFile
{
    /// <summary>The queries of a file, as they are read.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or an id twice. Use nothing of such a file.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IEnumerable<EvaluationQuery> Read(string path) => LineParser.Read(() => new BeirQueryParser(), path);

    /// <summary>The queries of a stream, which is closed after it; <paramref name="name"/> stands for the file in messages.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or an id twice. Use nothing of such a file.</exception>
    public static IEnumerable<EvaluationQuery> Read(Stream stream, string name) => LineParser.Read(() => new BeirQueryParser(), stream, name);

    /// <summary>Writes queries in the order given.</summary>
    /// <exception cref="ArgumentException">An id is empty, comes twice or has a control character, or a text is not valid Unicode; the file is then left as it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<EvaluationQuery> queries) =>
        BeirJsonWriter.Write(path, queries, q => q.Id, (writer, query) => BeirJsonWriter.WriteText(writer, "text", query.Text));
}
