namespace Slipway.Evaluation;

/// <summary>
/// Documents in BEIR's format (<c>corpus.jsonl</c>): one JSON object a line, <c>{"_id": "1", "title": "…", "text": "…"}</c>, all strings, each id once, UTF-8.
/// The title may be absent; a line holds at most 64 MiB.
/// </summary>
public static class BeirCorpusFile
{
    /// <summary>The documents of a file, as they are read.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or an id twice. Use nothing of such a file.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static IEnumerable<EvaluationDocument> Read(string path) => LineParser.Read(() => new BeirDocumentParser(), path);

    /// <summary>The documents of a stream, which is closed after it; <paramref name="name"/> stands for the file in messages.</summary>
    /// <exception cref="InvalidEvaluationFileException">At the end: there were bad lines, or an id twice. Use nothing of such a file.</exception>
    public static IEnumerable<EvaluationDocument> Read(Stream stream, string name) => LineParser.Read(() => new BeirDocumentParser(), stream, name);

    /// <summary>Writes documents in the order given.</summary>
    /// <exception cref="ArgumentException">An id is empty, comes twice or has a control character, or a text is not valid Unicode; the file is then left as it was.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<EvaluationDocument> documents) => BeirJsonWriter.Write(path, documents, d => d.Id, (writer, document) =>
    {
        BeirJsonWriter.WriteText(writer, "title", document.Title);
        BeirJsonWriter.WriteText(writer, "text", document.Text);
    });
}
