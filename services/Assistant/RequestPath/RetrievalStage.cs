using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>Finds passages: in the mode of the release, then by keyword alone. Null when neither can be had in time.</summary>
internal sealed class RetrievalStage(RetrievalService.RetrievalServiceClient client, Corpora corpora)
{
    /// <summary>The first try's part of the stage's budget: what is left must do for a keyword search.</summary>
    private const double FirstShare = 0.6;

    /// <summary>The last try's part of what the request has left: prompt and model need the other half.</summary>
    private const double LateShare = 0.5;

    public async Task<SearchResponse?> SearchAsync(Question question, Release release, RequestRun run, CancellationToken cancellationToken)
    {
        var mode = ModeOf(release);
        var request = Request(question, release, mode);
        var found = await TryAsync(request, run.CallDeadline(Stage.Retrieval, FirstShare), cancellationToken);
        if (found is null && mode != SearchMode.Keyword)
        {
            request.Mode = SearchMode.Keyword;
            found = await TryAsync(request, run.CallDeadline(Stage.Retrieval), cancellationToken);
        }

        if (found is not null) Note(question, found, request.Mode != mode, run);
        return found;
    }

    /// <summary>
    /// The last chance of a question that has no earlier answer: a keyword search that may take half of what the whole request has left. The stage is over its budget by then, and an answer that
    /// is late is better than none. A retrieval that is away fails at once; this is for one that is slow. Null when that fails too.
    /// </summary>
    public async Task<SearchResponse?> SearchLateAsync(Question question, Release release, RequestRun run, CancellationToken cancellationToken)
    {
        var found = await TryAsync(Request(question, release, SearchMode.Keyword), run.ShareOfTheRest(LateShare), cancellationToken);
        if (found is not null) Note(question, found, ModeOf(release) != SearchMode.Keyword, run);
        return found;
    }

    /// <summary>The longest query that retrieval takes, in UTF-16 units: of a longer question the beginning stands for the whole.</summary>
    internal const int MaxQueryLength = 8192;

    /// <summary>What a search that gives a reason was answered from.</summary>
    internal static string RungOf(SearchResponse found) => found.DegradedReason.Length > 0 && found.Mode == SearchMode.Vector ? "vector" : "keyword";

    private static string Query(string text) => text.Length <= MaxQueryLength ? text : text[..(char.IsHighSurrogate(text[MaxQueryLength - 1]) ? MaxQueryLength - 1 : MaxQueryLength)];

    private static SearchMode ModeOf(Release release) => release.Search?.Mode switch
    {
        "keyword" => SearchMode.Keyword,
        "vector" => SearchMode.Vector,
        _ => SearchMode.Hybrid,
    };

    private static SearchRequest Request(Question question, Release release, SearchMode mode)
    {
        var request = new SearchRequest
        {
            Tenant = question.Tenant,
            Query = Query(question.Text.TrimStart()),
            Limit = release.Search?.Limit ?? 0,
            Mode = mode,
            RequestId = question.RequestId,
        };
        question.Scope.ApplyTo(request);
        return request;
    }

    private void Note(Question question, SearchResponse found, bool otherMode, RequestRun run)
    {
        corpora.Learn(question.Tenant, question.Scope.Collection, found.CorpusVersion);
        // A corpus too small for vectors answers by keyword by design: retrieval gives a reason only when something failed.
        if (found.DegradedReason.Length > 0 || otherMode) run.Degrade(Stage.Retrieval, RungOf(found), found.DegradedReason);
        else if (found.Rerank is not ("" or "applied")) run.Degrade(Stage.Retrieval, "fused", found.Rerank);
        run.RetrievalCostUsd += found.CostUsd;
    }

    private async Task<SearchResponse?> TryAsync(SearchRequest request, DateTime deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await client.SearchAsync(request, deadline: deadline, cancellationToken: cancellationToken);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
