using System.Collections.Concurrent;
using Slipway.Evaluation;

namespace Slipway.Cli.Retrieval;

/// <summary>
/// Asks every judged query of an edge, and measures what comes. With <see cref="EvalOptions.Exact"/> it tells two causes of worse figures apart: "the index got worse" (the overlap of the vector
/// index with an exact search falls) and "the model got worse" (the nDCG of the exact search itself falls).
/// </summary>
internal sealed class RetrievalEval(EvalOptions options, TextWriter output)
{
    /// <summary>Passages of a search: a document has the rank of its best passage.</summary>
    private const int Passages = 100;

    /// <exception cref="UnableException">The edge refused a search or did not answer, or judged queries are missing.</exception>
    /// <exception cref="InvalidEvaluationFileException">A file is not in its format.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (judgments, queries) = JudgedQueries.Read(options.Queries, options.Qrels);
        using var edge = new EdgeSearch(options.Edge, options.Key);
        var answers = await AskAsync(edge, queries, options.Mode, cancellationToken);
        var run = DocumentRun(answers);
        var evaluation = RetrievalEvaluator.Evaluate(judgments, run, Measures(options.K));
        var overlaps = new List<OverlapEvaluation>();
        RetrievalEvaluation? exactEvaluation = null;
        if (options.Exact)
        {
            var vector = await AskAsync(edge, queries, "vector", cancellationToken);
            var exact = await AskAsync(edge, queries, "exact", cancellationToken);
            overlaps.Add(OverlapRecall.Evaluate(ChunkRun(vector), ChunkRun(exact), options.K));
            exactEvaluation = RetrievalEvaluator.Evaluate(judgments, DocumentRun(exact), [Measure.Ndcg(options.K)]);
        }

        var report = EvaluationReport.Create(options.Name, evaluation, options.Floors, overlaps);
        Write(report, run, exactEvaluation);
        return report.Passed == false ? ExitCodes.Failed : ExitCodes.Passed;
    }

    private void Write(EvaluationReport report, Run run, RetrievalEvaluation? exact)
    {
        TextReport.Write(report, output);
        if (exact?.Measures[0].Mean is { } ndcg)
            output.WriteLine(FormattableString.Invariant($"vectors compared one by one: ndcg@{options.K} {ndcg:F4}. The index got worse when overlap@{options.K} falls; the model got worse when this falls."));
        if (options.RunFile is { } runFile) TrecRunFile.Write(runFile, run);
        if (options.JsonFile is { } jsonFile) WriteFile(jsonFile, stream => JsonReport.Write(report, stream));
        if (options.JUnitFile is { } junitFile) WriteFile(junitFile, stream => JUnitReport.Write(report, stream));
    }

    private static void WriteFile(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        write(stream);
    }

    private static IReadOnlyList<Measure> Measures(int k) => [Measure.Recall(k), Measure.Precision(k), Measure.Mrr(k), Measure.Map(), Measure.Ndcg(k)];

    private async Task<IReadOnlyDictionary<string, Found>> AskAsync(
        EdgeSearch edge, IReadOnlyList<EvaluationQuery> queries, string mode, CancellationToken cancellationToken)
    {
        var answers = new ConcurrentDictionary<string, Found>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            queries,
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (query, cancel) => answers[query.Id] = await edge.SearchAsync(query.Text, mode, Passages, options.Collection, cancel));
        // A degraded answer is not what was to be measured: figures of another mode must not pass for those of this one.
        var degraded = answers.Values.Where(answer => answer.DegradedReason.Length > 0).ToList();
        if (degraded.Count > 0) throw new UnableException($"{degraded.Count} of {queries.Count} {mode} searches were answered by keywords ({degraded[0].DegradedReason}): nothing was measured.");
        return answers;
    }

    private static Run DocumentRun(IReadOnlyDictionary<string, Found> answers) => Run.FromRankings(answers.Select(answer => KeyValuePair.Create(
        answer.Key, (IReadOnlyList<string>)[.. answer.Value.Passages.Select(passage => passage.Document).Distinct(StringComparer.Ordinal)])));

    private static Run ChunkRun(IReadOnlyDictionary<string, Found> answers) => Run.FromRankings(answers.Select(answer => KeyValuePair.Create(
        answer.Key, (IReadOnlyList<string>)[.. answer.Value.Passages.Select(passage => passage.Chunk)])));
}
