using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary>Judgments, and the queries that they are of.</summary>
internal static class JudgedQueries
{
    /// <summary>Reads both files.</summary>
    /// <exception cref="UnableException">Judged queries are missing.</exception>
    /// <exception cref="InvalidEvaluationFileException">A file is not in its format.</exception>
    public static (Judgments Judgments, IReadOnlyList<EvaluationQuery> Queries) Read(string queriesFile, string qrelsFile)
    {
        var judgments = ReadJudgments(qrelsFile);
        var queries = BeirQueriesFile.Read(queriesFile).Where(query => judgments.Contains(query.Id)).ToList();
        var unknown = judgments.QueryIds.Except(queries.Select(query => query.Id), StringComparer.Ordinal).ToList();
        if (unknown.Count > 0) throw new UnableException($"{queriesFile} lacks {unknown.Count} of the judged queries: {string.Join(", ", unknown.Take(5))}{(unknown.Count > 5 ? ", …" : "")}.");
        return (judgments, queries);
    }

    /// <summary>TREC's qrels have no header; BEIR's have one, and three columns.</summary>
    private static Judgments ReadJudgments(string path)
    {
        using (var reader = new StreamReader(path))
        {
            if (reader.ReadLine() is { } first && first.StartsWith("query-id", StringComparison.Ordinal)) return BeirQrelsFile.Read(path);
        }

        return TrecQrelsFile.Read(path);
    }
}
