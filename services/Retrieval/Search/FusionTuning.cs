using Slipway.Contracts;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Fusion;

namespace Slipway.Retrieval.Search;

/// <summary>A question, and how relevant documents are to it.</summary>
internal sealed record TuningQuestion(string Text, IReadOnlyDictionary<string, int> Relevance);

/// <summary>Asks judged questions of a collection, and chooses the weight of its fusion by what both indexes find.</summary>
internal sealed class FusionTuning(DocumentStore store, VectorSearch vectorSearch, IFusionPolicy policy, FusionWeights weights, FusionOptions fusion, SearchOptions search, TimeProvider time)
{
    /// <summary>How long the questions together wait for vectors that are late or away for a moment.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Chooses, and takes the choice into use unless it is only a trial.</summary>
    /// <exception cref="Grpc.Core.RpcException">Vectors could not be had for a question, or too few of the judged documents are there.</exception>
    public async Task<FusionRow> TuneAsync(Corpus corpus, IReadOnlyList<TuningQuestion> questions, bool trial, CancellationToken cancellationToken)
    {
        var judged = new List<JudgedRankings>(questions.Count);
        var generation = corpus.Generation;
        var patience = Patience;
        foreach (var question in questions)
        {
            var query = new SearchQuery(corpus.Key, question.Text, search.Candidates, 0, search.Candidates, RetrievalMode.Hybrid);
            var near = await vectorSearch.SearchAsync(corpus, query, search.Candidates, cancellationToken);
            for (; near.DegradedReason.Length > 0 && patience > TimeSpan.Zero; patience -= Pause)
            {
                await Task.Delay(Pause, time, cancellationToken);
                near = await vectorSearch.SearchAsync(corpus, query, search.Candidates, cancellationToken);
            }

            if (near.DegradedReason.Length > 0)
                throw new ServiceError(Grpc.Core.StatusCode.Unavailable, near.DegradedReason, "Vectors could not be searched: nothing was chosen. Try again when the index is healthy.").ToException();
            var words = await corpus.Keyword.SearchAsync(question.Text, search.Candidates, null, cancellationToken);
            var documents = store.ReadDocumentIds(corpus.Number, [.. words.Select(hit => hit.Chunk).Union(near.Chunks.Select(hit => hit.Chunk))]);
            judged.Add(new JudgedRankings(judged.Count, question.Relevance, words, near.Chunks, documents));
        }

        if (!ReferenceEquals(generation, corpus.Generation))
            throw new ServiceError(Grpc.Core.StatusCode.Unavailable, "embedder_changed", "The embedder changed meanwhile: nothing was chosen. Try again.").ToException();
        var choice = new WeightChooser(policy).Choose(judged, fusion.VectorWeight);
        return trial ? new FusionRow(choice, fusion.Policy, "", time.GetUtcNow().ToUnixTimeMilliseconds()) : weights.Choose(corpus, choice, time.GetUtcNow());
    }
}
