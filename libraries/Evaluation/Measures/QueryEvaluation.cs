namespace Slipway.Evaluation;

/// <summary>The measures of one query.</summary>
/// <param name="QueryId">The query.</param>
/// <param name="Relevant">How many documents are judged relevant to it; 1 or more.</param>
/// <param name="Retrieved">How many results it has.</param>
/// <param name="RelevantRetrieved">How many of the results are relevant.</param>
/// <param name="Values">The values, 0 to 1, in the order of <see cref="RetrievalEvaluation.Measures"/>.</param>
public sealed record QueryEvaluation(string QueryId, int Relevant, int Retrieved, int RelevantRetrieved, IReadOnlyList<double> Values);
