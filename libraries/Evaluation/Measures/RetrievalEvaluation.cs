namespace Slipway.Evaluation;

/// <summary>A run measured against judgments: means, values of each query, and which queries are in them.</summary>
public sealed record RetrievalEvaluation
{
    /// <summary>The name of the run.</summary>
    public required string RunTag { get; init; }

    /// <summary>The means, in the order in which the measures were asked for.</summary>
    public required IReadOnlyList<MeasureResult> Measures { get; init; }

    /// <summary>The queries in the means, in ordinal order of their ids.</summary>
    public required IReadOnlyList<QueryEvaluation> Queries { get; init; }

    /// <summary>Queries with a judgment, whatever it says.</summary>
    public required int JudgedQueries { get; init; }

    /// <summary>Judged queries left out of the means because no judgment calls a document relevant: no ranking could score there.</summary>
    public required int QueriesWithoutRelevant { get; init; }

    /// <summary>Queries in the means that have no results and so score 0.</summary>
    public required int QueriesWithoutResults { get; init; }

    /// <summary>Queries of the run that nobody judged; they are ignored.</summary>
    public required int UnjudgedQueries { get; init; }

    /// <summary>The mean of a measure.</summary>
    /// <exception cref="KeyNotFoundException">The measure was not asked for.</exception>
    public MeasureResult this[Measure measure] => Measures[IndexOf(measure)];

    /// <summary>The values of a measure, in the order of <see cref="Queries"/>.</summary>
    /// <exception cref="KeyNotFoundException">The measure was not asked for.</exception>
    public IReadOnlyList<double> ValuesOf(Measure measure)
    {
        var index = IndexOf(measure);
        return [.. Queries.Select(q => q.Values[index])];
    }

    private int IndexOf(Measure measure)
    {
        for (var i = 0; i < Measures.Count; i++)
        {
            if (Measures[i].Measure == measure) return i;
        }

        throw new KeyNotFoundException($"{measure} was not measured.");
    }
}
