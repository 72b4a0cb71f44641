namespace Slipway.Evaluation;

/// <summary>What people said about one document for one query.</summary>
/// <param name="QueryId">The query; not empty.</param>
/// <param name="DocumentId">The document; not empty.</param>
/// <param name="Relevance">The grade: 1 and more is relevant and is the gain of nDCG; 0 is not relevant; below 0 counts as 0.</param>
public readonly record struct Judgment(string QueryId, string DocumentId, int Relevance);
