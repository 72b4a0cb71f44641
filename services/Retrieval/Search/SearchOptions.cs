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

    /// <summary>
    /// How many searches run at once; the others wait, the newest first. 0 to 100,000, default 0: 8 for each processor, or 64 where a search waits for other machines (Elasticsearch, a reranking
    /// model, an embedding model).
    /// </summary>
    public int MostAtOnce { get; init; }

    /// <summary>How many searches wait at most; the one that has waited longest is refused for one more. 0 to 100,000, default 256.</summary>
    public int MostWaiting { get; init; } = 256;
}
