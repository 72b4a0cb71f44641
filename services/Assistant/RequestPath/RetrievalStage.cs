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

    public async Task<SearchResponse?> SearchAsync(Question question, Release release, RequestRun run, CancellationToken cancellationToken)
    {
        var mode = release.Search?.Mode switch
        {
            "keyword" => SearchMode.Keyword,
            "vector" => SearchMode.Vector,
            _ => SearchMode.Hybrid,
        };
        var request = new SearchRequest { Tenant = question.Tenant, Query = Query(question.Text.TrimStart()), Limit = release.Search?.Limit ?? 0, Mode = mode };
        request.RequestId = question.RequestId;
        question.Scope.ApplyTo(request);
        var found = await TryAsync(request, run, FirstShare, cancellationToken);
        if (found is null && mode != SearchMode.Keyword)
        {
            request.Mode = SearchMode.Keyword;
            found = await TryAsync(request, run, 1, cancellationToken);
        }

        if (found is null) return null;
        corpora.Learn(question.Tenant, question.Scope.Collection, found.CorpusVersion);
        // A corpus too small for vectors answers by keyword by design: retrieval gives a reason only when something failed.
        if (found.DegradedReason.Length > 0 || request.Mode != mode) run.Degrade(Stage.Retrieval, RungOf(found), found.DegradedReason);
        else if (found.Rerank is not ("" or "applied")) run.Degrade(Stage.Retrieval, "fused", found.Rerank);
        run.RetrievalCostUsd += found.CostUsd;
        return found;
    }

    /// <summary>The longest query that retrieval takes, in UTF-16 units: of a longer question the beginning stands for the whole.</summary>
    internal const int MaxQueryLength = 8192;

    /// <summary>What a search that gives a reason was answered from.</summary>
    internal static string RungOf(SearchResponse found) => found.DegradedReason.Length > 0 && found.Mode == SearchMode.Vector ? "vector" : "keyword";

    private static string Query(string text) => text.Length <= MaxQueryLength ? text : text[..(char.IsHighSurrogate(text[MaxQueryLength - 1]) ? MaxQueryLength - 1 : MaxQueryLength)];

    private async Task<SearchResponse?> TryAsync(SearchRequest request, RequestRun run, double share, CancellationToken cancellationToken)
    {
        try
        {
            return await client.SearchAsync(request, deadline: run.CallDeadline(Stage.Retrieval, share), cancellationToken: cancellationToken);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
