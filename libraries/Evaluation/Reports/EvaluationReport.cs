namespace Slipway.Evaluation;

/// <summary>An evaluation held against its floors, ready to be written as text, JSON or JUnit XML.</summary>
public sealed record EvaluationReport
{
    private EvaluationReport(string name, RetrievalEvaluation evaluation, IReadOnlyList<OverlapEvaluation> overlaps, IReadOnlyList<ReportedMeasure> measures)
    {
        Name = name;
        Evaluation = evaluation;
        Overlaps = overlaps;
        Measures = measures;
    }

    /// <summary>What was evaluated, for people: a collection, a data set.</summary>
    public string Name { get; }

    /// <summary>The evaluation against judgments.</summary>
    public RetrievalEvaluation Evaluation { get; }

    /// <summary>The evaluations against exact runs; often none.</summary>
    public IReadOnlyList<OverlapEvaluation> Overlaps { get; }

    /// <summary>All measures: those of the evaluation, then the overlaps, then those that have a floor and were not measured.</summary>
    public IReadOnlyList<ReportedMeasure> Measures { get; }

    /// <summary>Whether every floor is reached; null without a floor, which is no pass.</summary>
    public bool? Passed
    {
        get
        {
            var judged = Measures.Where(m => m.Outcome != FloorOutcome.NoFloor).ToList();
            return judged.Count == 0 ? null : judged.TrueForAll(m => m.Outcome == FloorOutcome.Pass);
        }
    }

    /// <summary>Holds an evaluation against floors.</summary>
    /// <param name="name">What was evaluated; not empty.</param>
    /// <param name="evaluation">The evaluation against judgments.</param>
    /// <param name="floors">Floors, at most one for each measure. A floor for what was not measured is an error in the report.</param>
    /// <param name="overlaps">Evaluations against exact runs, each with a cut of its own.</param>
    /// <exception cref="ArgumentException">The name is empty, two floors are for one measure, or two overlaps have the same cut.</exception>
    public static EvaluationReport Create(
        string name, RetrievalEvaluation evaluation, IReadOnlyList<Floor>? floors = null, IReadOnlyList<OverlapEvaluation>? overlaps = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(evaluation);
        var wanted = new Dictionary<Measure, double>();
        foreach (var floor in floors ?? [])
        {
            if (!wanted.TryAdd(floor.Measure, floor.Least)) throw new ArgumentException($"{floor.Measure} has two floors.", nameof(floors));
        }

        var measured = evaluation.Measures.Concat((overlaps ?? []).Select(o => o.Result)).ToList();
        if (measured.GroupBy(m => m.Measure).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} comes twice.", nameof(overlaps));
        measured.AddRange(wanted.Keys.Except(measured.Select(m => m.Measure)).Select(m => new MeasureResult(m, null, 0)));
        return new EvaluationReport(name, evaluation, overlaps ?? [], [.. measured.Select(m => Judge(m, wanted))]);
    }

    private static ReportedMeasure Judge(MeasureResult result, Dictionary<Measure, double> wanted)
    {
        double? least = wanted.TryGetValue(result.Measure, out var value) ? value : null;
        var outcome = (least, result.Mean) switch
        {
            (null, _) => FloorOutcome.NoFloor,
            (_, null) => FloorOutcome.NoData,
            ({ } floor, { } mean) => new Floor(result.Measure, floor).IsReachedBy(mean) ? FloorOutcome.Pass : FloorOutcome.BelowFloor,
        };
        return new ReportedMeasure(result.Measure, result.Mean, result.Queries, least, outcome);
    }
}
