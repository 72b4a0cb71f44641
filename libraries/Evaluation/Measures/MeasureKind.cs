namespace Slipway.Evaluation;

/// <summary>What a measure measures. All lie in 0 to 1, and more is better.</summary>
public enum MeasureKind
{
    /// <summary>The part of a query's relevant documents that is among the first k (trec_eval's <c>recall_k</c>).</summary>
    Recall,

    /// <summary>The relevant documents among the first k, divided by k, however few results there are (<c>P_k</c>).</summary>
    Precision,

    /// <summary>1 / the rank of the first relevant document, 0 when there is none within the cut (<c>recip_rank</c>, with <c>-M k</c> for a cut).</summary>
    ReciprocalRank,

    /// <summary>The precision at each relevant document found, summed and divided by the number of all relevant ones (<c>map</c>, <c>map_cut_k</c>).</summary>
    AveragePrecision,

    /// <summary>Discounted cumulative gain divided by that of the ideal ranking (<c>ndcg</c>, <c>ndcg_cut_k</c>): gain = grade, discount = log2(rank + 1).</summary>
    Ndcg,

    /// <summary>The part of the exact nearest neighbours that an approximate search found: <see cref="OverlapRecall"/>. Needs an exact run, no judgments.</summary>
    Overlap,
}
