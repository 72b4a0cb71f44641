using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Intents;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>
/// Finds passages: one search in the mode of the release, in which retrieval itself falls back to keywords when vectors are late; when retrieval fails, by keyword alone. A search that is late is not
/// asked for again, which would only give a busy retrieval more to do.
/// </summary>
internal sealed class RetrievalStage(RetrievalService.RetrievalServiceClient client, Corpora corpora, TimeProvider time)
{
    /// <summary>The part of what the request has left that a search may take when the question has no other answer: prompt and model need the other half.</summary>
    private const double LateShare = 0.5;

    /// <summary>The part of the stage's budget that embedding the question may take; later than that, the search does it.</summary>
    private const double EmbedShare = 0.5;

    /// <summary>The question's vector; null when there is none to be had in time, or the release does not search by vectors.</summary>
    public async Task<QuestionVector?> EmbedAsync(Question question, Release release, RequestRun run, CancellationToken cancellationToken)
    {
        if (release.Search?.Mode == "keyword") return null;
        try
        {
            var request = new EmbedRequest { Tenant = question.Tenant, Collection = question.Scope.Collection, Texts = { Query(question.Text.TrimStart()) } };
            var reply = await client.EmbedAsync(request, deadline: run.CallDeadline(Stage.Retrieval, EmbedShare), cancellationToken: cancellationToken);
            return reply.EmbeddingsVersion.Length > 0 && reply.Vectors is [{ Values.Count: > 0 } vector] ? new QuestionVector(vector, reply.EmbeddingsVersion) : null;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            // What is wrong with the question, or with retrieval, the search will say.
            return null;
        }
    }

    /// <summary>The cosine similarity of two texts; null when they cannot be embedded.</summary>
    public async Task<double?> SimilarityAsync(Question question, string one, string other, DateTime deadline, CancellationToken cancellationToken)
    {
        if (one.Length == 0 || other.Length == 0) return null;
        var request = new EmbedRequest { Tenant = question.Tenant, Collection = question.Scope.Collection, Texts = { Query(one), Query(other) } };
        var reply = await client.EmbedAsync(request, deadline: deadline, cancellationToken: cancellationToken);
        if (reply.Vectors is not [{ Values: var left }, { Values: var right }] || left.Count == 0 || left.Count != right.Count) return null;
        double dot = 0, lengths = 0, others = 0;
        for (var i = 0; i < left.Count; i++)
        {
            dot += left[i] * right[i];
            lengths += left[i] * left[i];
            others += right[i] * right[i];
        }

        return lengths > 0 && others > 0 ? dot / Math.Sqrt(lengths * others) : null;
    }

    /// <summary>Sends a search off.</summary>
    /// <param name="question">The question.</param>
    /// <param name="meaning">Its vector, or null: then retrieval makes one.</param>
    /// <param name="release">The release, which says how to search.</param>
    /// <param name="run">The request.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public PendingSearch Start(Question question, QuestionVector? meaning, Release release, RequestRun run, CancellationToken cancellationToken)
    {
        var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var search = AskAsync(Request(question, meaning, release), byKeyword: false, run.LateDeadline(Stage.Retrieval, LateShare), cancellationToken, giveUp.Token);
        // What is found goes into the run where it is taken, not while the run is used for something else.
        return new PendingSearch(search, found => Note(question, found, run), run.LeftOf(Stage.Retrieval), giveUp, time);
    }

    /// <summary>The longest query that retrieval takes, in UTF-16 units: of a longer question the beginning stands for the whole.</summary>
    internal const int MaxQueryLength = 8192;

    /// <summary>What a search that gives a reason was answered from.</summary>
    internal static string RungOf(SearchResponse found) => found.DegradedReason.Length > 0 && found.Mode == SearchMode.Vector ? "vector" : "keyword";

    private static string Query(string text) => text.Length <= MaxQueryLength ? text : text[..(char.IsHighSurrogate(text[MaxQueryLength - 1]) ? MaxQueryLength - 1 : MaxQueryLength)];

    private static SearchRequest Request(Question question, QuestionVector? meaning, Release release)
    {
        var request = new SearchRequest
        {
            Tenant = question.Tenant,
            Query = Query(question.Text.TrimStart()),
            Limit = release.Search?.Limit ?? 0,
            Mode = release.Search?.Mode switch
            {
                "keyword" => SearchMode.Keyword,
                "vector" => SearchMode.Vector,
                _ => SearchMode.Hybrid,
            },
            RequestId = question.RequestId,
        };
        question.Scope.ApplyTo(request);
        if (meaning is not null) (request.Vector, request.EmbeddingsVersion) = (meaning.Vector, meaning.EmbeddingsVersion);
        return request;
    }

    private SearchResponse Note(Question question, FoundPassages found, RequestRun run)
    {
        var response = found.Response;
        corpora.Learn(question.Tenant, question.Scope.Collection, response.CorpusVersion);
        // A corpus too small for vectors answers by keyword by design: retrieval gives a reason only when something failed.
        if (response.DegradedReason.Length > 0 || found.ByKeyword) run.Degrade(Stage.Retrieval, RungOf(response), response.DegradedReason);
        else if (response.Rerank is not ("" or "applied")) run.Degrade(Stage.Retrieval, "fused", response.Rerank);
        run.RetrievalCostUsd += response.CostUsd;
        return response;
    }

    private async Task<FoundPassages?> AskAsync(SearchRequest request, bool byKeyword, DateTime deadline, CancellationToken caller, CancellationToken cancellationToken)
    {
        try
        {
            return new FoundPassages(await client.SearchAsync(request, deadline: deadline, cancellationToken: cancellationToken), byKeyword);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !caller.IsCancellationRequested)
        {
            if (request.Mode == SearchMode.Keyword || exception.StatusCode is StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted or StatusCode.Cancelled) return null;
        }

        request.Mode = SearchMode.Keyword;
        return await AskAsync(request, byKeyword: true, deadline, caller, cancellationToken);
    }
}
