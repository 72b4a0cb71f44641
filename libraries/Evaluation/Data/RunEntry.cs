namespace Slipway.Evaluation;

/// <summary>One result of a run: a document that a query found, and its score.</summary>
/// <param name="QueryId">The query; not empty.</param>
/// <param name="DocumentId">The document; not empty.</param>
/// <param name="Score">The score, finite; the higher the better.</param>
public readonly record struct RunEntry(string QueryId, string DocumentId, double Score);
