namespace Slipway.Evaluation;

/// <summary>A data set in BEIR's layout: <c>corpus.jsonl</c>, <c>queries.jsonl</c> and <c>qrels/SPLIT.tsv</c> in one folder.</summary>
/// <param name="path">The folder.</param>
public sealed class BeirFolder(string path)
{
    /// <summary>The documents, as they are read: <see cref="BeirCorpusFile.Read(string)"/>.</summary>
    public IEnumerable<EvaluationDocument> Documents() => BeirCorpusFile.Read(Path.Combine(path, "corpus.jsonl"));

    /// <summary>The queries of all splits, as they are read: <see cref="BeirQueriesFile.Read(string)"/>.</summary>
    public IEnumerable<EvaluationQuery> Queries() => BeirQueriesFile.Read(Path.Combine(path, "queries.jsonl"));

    /// <summary>The judgments of a split.</summary>
    /// <param name="split">Its name: <c>test</c>, <c>train</c>, <c>dev</c>; no path.</param>
    /// <exception cref="ArgumentException">The name is empty or a path.</exception>
    /// <exception cref="InvalidEvaluationFileException">The file is not in the format.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public Judgments Judgments(string split = "test")
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        if (split.AsSpan().ContainsAny('/', '\\')) throw new ArgumentException($"'{Quoted.Short(split)}' is a path, not the name of a split.", nameof(split));
        return BeirQrelsFile.Read(Path.Combine(path, "qrels", split + ".tsv"));
    }
}
