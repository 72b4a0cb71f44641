namespace Slipway.Retrieval.Search;

/// <summary>How a search is done.</summary>
internal sealed record SearchOptions
{
    /// <summary>How many chunks each of the two rankings gives to fusion when the caller does not say, or the limit of the search when that is more. 10 to 1,000, default 50.</summary>
    public int Candidates { get; init; } = 50;

    /// <summary>
    /// A filter that at most this many chunks pass is searched exactly, among those alone; with more the vector index is asked for more and what does not pass is left out.
    /// 0 to 1,000,000, default 5,000 (some 15 ms at 256 dimensions). Elasticsearch filters by itself.
    /// </summary>
    public int ExactFilterChunks { get; init; } = 5000;
}
