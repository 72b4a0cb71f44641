namespace Slipway.Evaluation;

/// <summary>The overlap of one query.</summary>
/// <param name="QueryId">The query.</param>
/// <param name="Neighbours">How many exact neighbours there were to find: min(k, exact results); 1 or more.</param>
/// <param name="Found">How many of them the approximate search found.</param>
public sealed record QueryOverlap(string QueryId, int Neighbours, int Found)
{
    /// <summary>Found / neighbours, 0 to 1.</summary>
    public double Recall => (double)Found / Neighbours;
}
