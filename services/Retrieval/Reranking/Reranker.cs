using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Fusion;
using Slipway.Retrieval.Search;

namespace Slipway.Retrieval.Reranking;

/// <summary>A ranking after the model was asked.</summary>
/// <param name="Chunks">The ranking.</param>
/// <param name="Scores">The model's scores, by chunk.</param>
/// <param name="Outcome"><see cref="Reranker.Applied"/>, or why the fused order stands.</param>
/// <param name="CostUsd">What the model cost.</param>
internal sealed record Reranked(IReadOnlyList<FusedChunk> Chunks, IReadOnlyDictionary<long, double> Scores, string Outcome, double CostUsd);

/// <summary>
/// Has a model of the broker rank the best passages of a fused ranking again. What it does not rank keeps its order behind them. A model that fails or is late costs nothing but its
/// time: the fused order stands, and the result says why.
/// </summary>
internal sealed class Reranker(ModelBrokerService.ModelBrokerServiceClient broker, DocumentStore store, RerankerOptions options, TimeProvider time)
{
    /// <summary>The model ranked.</summary>
    public const string Applied = "applied";

    /// <summary>The model did not answer in time.</summary>
    public const string TimedOut = "rerank_timeout";

    /// <summary>The broker or the model failed.</summary>
    public const string Unavailable = "rerank_unavailable";

    /// <summary>What must remain of the caller's deadline for reading and sending.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(15);

    /// <summary>Ranks again. The same passages whatever page is wanted, so that pages do not overlap.</summary>
    public async Task<Reranked> RerankAsync(Corpus corpus, SearchQuery query, IReadOnlyList<FusedChunk> fused, CancellationToken cancellationToken)
    {
        var budget = TimeSpan.FromMilliseconds(options.TimeoutMs);
        var now = time.GetUtcNow();
        if (query.Deadline is { } deadline && deadline - now - Reserve is var left && left < budget) budget = left;
        if (budget <= TimeSpan.Zero) return Unchanged(TimedOut);

        var rows = store.ReadPassages(corpus.Number, fused.Take(options.Passages).Select(chunk => chunk.Chunk));
        var head = fused.Take(options.Passages).Where(chunk => rows.ContainsKey(chunk.Chunk)).ToList();
        if (head.Count < 2) return Unchanged(Applied);
        var request = new RerankRequest { Tenant = query.Corpus.Tenant, RequestId = query.RequestId, Model = options.Model, Query = query.Text };
        request.Documents.AddRange(head.Select(chunk => TextOf(rows[chunk.Chunk])));
        try
        {
            using var span = RetrievalTelemetry.Start("rerank");
            var reply = await broker.RerankAsync(request, deadline: (now + budget).UtcDateTime, cancellationToken: cancellationToken);
            if (reply.Scores.Count != head.Count) return Unchanged(Unavailable);
            var scores = head.Select((chunk, index) => (chunk.Chunk, Score: reply.Scores[index])).ToDictionary(pair => pair.Chunk, pair => pair.Score);
            var ranked = head.Index().OrderByDescending(pair => reply.Scores[pair.Index]).ThenBy(pair => pair.Index).Select(pair => pair.Item);
            var ranking = ranked.Concat(fused.Where(chunk => !scores.ContainsKey(chunk.Chunk))).ToList();
            return new Reranked(ranking, scores, Applied, reply.CostUsd);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return Unchanged(exception.StatusCode == StatusCode.DeadlineExceeded ? TimedOut : Unavailable);
        }

        Reranked Unchanged(string outcome) => new(fused, new Dictionary<long, double>(), outcome, 0);
    }

    private string TextOf(PassageRow passage)
    {
        var text = passage.Title.Length > 0 ? $"{passage.Title}\n{passage.Text}" : passage.Text;
        if (text.Length <= options.PassageCharacters) return text;
        return text[..(char.IsHighSurrogate(text[options.PassageCharacters - 1]) ? options.PassageCharacters - 1 : options.PassageCharacters)];
    }
}
