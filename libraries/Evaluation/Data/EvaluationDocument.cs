namespace Slipway.Evaluation;

/// <summary>A document of a test collection.</summary>
/// <param name="Id">Its id; not empty, without control characters.</param>
/// <param name="Title">Its title; empty when it has none.</param>
/// <param name="Text">Its text; may be empty.</param>
public sealed record EvaluationDocument(string Id, string Title, string Text);
