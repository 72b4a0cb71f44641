using System.Collections.Concurrent;
using Slipway.Retrieval.Corpora;
using Slipway.Retrieval.Documents;

namespace Slipway.Retrieval.Fusion;

/// <summary>
/// The weight of each collection: what was chosen for it by judged questions, as long as vectors are made as they were then; else the default. A refit of LSA is still LSA; another model is
/// not.
/// </summary>
internal sealed class FusionWeights(DocumentStore store, FusionOptions options)
{
    private readonly ConcurrentDictionary<long, FusionRow?> _chosen = new();

    /// <summary>The share of the vector ranking.</summary>
    public double Of(Corpus corpus) => Chosen(corpus)?.Choice.Weight ?? options.VectorWeight;

    /// <summary>What was chosen for a collection and still holds, or null.</summary>
    public FusionRow? Chosen(Corpus corpus) =>
        _chosen.GetOrAdd(corpus.Number, static (number, store) => store.ReadFusion(number), store) is { } row
        && row.Policy == options.Policy && corpus.Generation is { } generation && row.Embedder == FamilyOf(generation.Embedder.Version) ? row : null;

    /// <summary>Takes a choice into use, durably.</summary>
    public FusionRow Choose(Corpus corpus, WeightChoice choice, DateTimeOffset now)
    {
        var row = new FusionRow(choice, options.Policy, FamilyOf(corpus.Generation!.Embedder.Version), now.ToUnixTimeMilliseconds());
        store.SaveFusion(corpus.Number, row);
        _chosen[corpus.Number] = row;
        return row;
    }

    /// <summary>Goes back to the default, durably.</summary>
    public void Reset(Corpus corpus)
    {
        store.DeleteFusion(corpus.Number);
        _chosen[corpus.Number] = null;
    }

    /// <summary>LSA's versions name a fit of the collection: what they have in common is their first part. Other embedders' versions name the model.</summary>
    private static string FamilyOf(string version) => version.StartsWith("lsa", StringComparison.Ordinal) ? version[..version.IndexOf('-', StringComparison.Ordinal)] : version;
}
