namespace Slipway.Evaluation;

/// <summary>A query of a test collection.</summary>
/// <param name="Id">Its id; not empty, without control characters.</param>
/// <param name="Text">What is asked.</param>
public sealed record EvaluationQuery(string Id, string Text);
