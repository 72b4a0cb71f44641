namespace Slipway.Retrieval.Search;

/// <summary>How a search is done.</summary>
internal sealed record SearchOptions
{
    /// <summary>How many chunks each of the two rankings gives to fusion, or the limit of the search when that is more. 10 to 1,000, default 50.</summary>
    public int Candidates { get; init; } = 50;
}
