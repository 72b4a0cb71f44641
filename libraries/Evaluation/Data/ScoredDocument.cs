namespace Slipway.Evaluation;

/// <summary>A document in the ranking of one query.</summary>
/// <param name="DocumentId">The document.</param>
/// <param name="Score">Its score, finite; the higher the better.</param>
public readonly record struct ScoredDocument(string DocumentId, double Score);
