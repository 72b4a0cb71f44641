namespace Slipway.Retrieval.Vectors;

/// <summary>How the vector index is used.</summary>
internal sealed record VectorOptions
{
    /// <summary>The name of the backend <see cref="RespVectorIndex"/>.</summary>
    public const string Resp = "resp";

    /// <summary>The name of the backend <see cref="ExactVectorIndex"/>.</summary>
    public const string Exact = "exact";

    /// <summary>
    /// <c>resp</c> (default): vector sets in the process <c>vectors</c>. <c>elasticsearch</c>: an index for each set there. <c>exact</c>: in the memory of this process, compared one by one.
    /// </summary>
    public string Backend { get; init; } = Resp;

    /// <summary>How long a search waits for it before it answers from keywords alone, in milliseconds. 1 to 10,000, default 100.</summary>
    public int TimeoutMs { get; init; } = 100;

    /// <summary>A search that is late gives the index up, until it answers again, when no other was answered in time for so long, in milliseconds. 0 to 60,000, default 300.</summary>
    public int SilenceMs { get; init; } = 300;

    /// <summary>
    /// The exploration factor of searches: more finds more of the true neighbours and takes longer. It is that of a set of 100,000 vectors or fewer and grows with larger ones, see
    /// <see cref="SearchEfFor"/>. 10 to 10,000, default 70: recall@10 of 0.98 and more at 100,000 vectors, also after a restart, where 60 is just short of it (benchmarks/results/vectors.md).
    /// </summary>
    public int SearchEf { get; init; } = 70;

    /// <summary>
    /// The exploration factor for a set of so many vectors: twice <see cref="SearchEf"/> at 300,000. With a constant one recall falls as a set grows: with 70 it was 0.99 at 100,000 and 0.91 at
    /// 300,000, below the objective, where 140 found 0.97.
    /// </summary>
    public int SearchEfFor(long vectors) => vectors <= 100_000 ? SearchEf : (int)(SearchEf * Math.Pow(vectors / 100_000.0, 0.65));

    /// <summary>The exploration factor of insertions. 10 to 10,000, default 100: 200 finds 0.002 more of the neighbours and inserts half as fast at 100,000 vectors.</summary>
    public int BuildEf { get; init; } = 100;

    /// <summary>Links of each vector. 4 to 512, default 16.</summary>
    public int Links { get; init; } = 16;

    /// <summary>How often at most an index that is away is tried again, in milliseconds; sooner at first. 10 to 60,000, default 250.</summary>
    public int ProbeMs { get; init; } = 250;

    /// <summary>
    /// How long the start waits for an index that is away before it goes on without it, in milliseconds. On a machine that starts a dozen processes at once a
    /// first command can take longer than its time limit. 0 to 60,000, default 3,000.
    /// </summary>
    public int PatienceMs { get; init; } = 3000;

    /// <summary>How often the number of vectors is compared with what is stored while nothing changes, in seconds. 1 to 86,400, default 30.</summary>
    public int VerifySeconds { get; init; } = 30;
}
