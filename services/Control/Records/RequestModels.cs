using System.Text.Json;
using Slipway.Control.Data;

namespace Slipway.Control.Records;

/// <summary>What a user thought of an answer.</summary>
/// <param name="Rating">-1 (bad) or 1 (good).</param>
/// <param name="Comment">What they said; empty when nothing.</param>
/// <param name="At">When.</param>
internal sealed record FeedbackResponse(int Rating, string Comment, DateTimeOffset At);

/// <summary>What one request did and cost. Holds no prompt and no answer.</summary>
/// <param name="RequestId">Its id.</param>
/// <param name="At">When it came.</param>
/// <param name="Tenant">Whose it was.</param>
/// <param name="Route">chat.completions, answers, embeddings, documents, or one of them with <c>.passthrough</c>.</param>
/// <param name="Release">The release that answered.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="ErrorCode">Null when it did not fail.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Provider">Its provider.</param>
/// <param name="PromptVersion">The prompt's version.</param>
/// <param name="CorpusVersion">The state of the tenant's documents.</param>
/// <param name="Cache">miss, retrieval or output.</param>
/// <param name="Degraded">stage=rung.</param>
/// <param name="StagesMs">Milliseconds by stage.</param>
/// <param name="TotalMs">Milliseconds end to end.</param>
/// <param name="FirstTokenMs">Milliseconds to the first token; null when not streamed.</param>
/// <param name="PromptTokens">Tokens sent to models.</param>
/// <param name="CompletionTokens">Tokens made by models.</param>
/// <param name="CachedPromptTokens">Of the prompt tokens, those that the provider had cached.</param>
/// <param name="CostUsd">What the model calls cost.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Review">Whether the answer asked for a review.</param>
/// <param name="Stream">Whether it was streamed.</param>
/// <param name="Feedback">What its user thought; null when not said.</param>
internal sealed record RequestResponse(
    string RequestId, DateTimeOffset At, string Tenant, string Route, string Release, int Status, string? ErrorCode, string Model, string Provider, string PromptVersion, string CorpusVersion,
    string Cache, IReadOnlyList<string> Degraded, IReadOnlyDictionary<string, double> StagesMs, double TotalMs, double? FirstTokenMs, int PromptTokens, int CompletionTokens,
    int CachedPromptTokens, double CostUsd, double Confidence, bool Review, bool Stream, FeedbackResponse? Feedback)
{
    internal static RequestResponse From(RecordRow row, FeedbackRow? feedback) => new(
        row.RequestId, DateTimeOffset.FromUnixTimeMilliseconds(row.TimeUnixMs), row.Tenant, row.Route, row.Release, row.Status, row.ErrorCode.Length == 0 ? null : row.ErrorCode,
        row.Model, row.Provider, row.PromptVersion, row.CorpusVersion, row.Cache, row.Degraded.Split(',', StringSplitOptions.RemoveEmptyEntries),
        JsonSerializer.Deserialize<Dictionary<string, double>>(row.Stages) ?? [], row.TotalMs, row.FirstTokenMs > 0 ? row.FirstTokenMs : null, row.PromptTokens, row.CompletionTokens,
        row.CachedPromptTokens, row.CostUsd, row.Confidence, row.Review, row.Stream,
        feedback is null ? null : new FeedbackResponse(feedback.Rating, feedback.Comment, DateTimeOffset.FromUnixTimeMilliseconds(feedback.TimeUnixMs)));
}

/// <summary>A page of requests.</summary>
/// <param name="Requests">Newest first.</param>
/// <param name="Next">The <c>before</c> of the next page; null on the last.</param>
internal sealed record RequestsResponse(IReadOnlyList<RequestResponse> Requests, string? Next);
