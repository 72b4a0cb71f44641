namespace Slipway.Retrieval.Recall;

/// <summary>How the recall of the vector index is watched, and what is done when it is too low.</summary>
internal sealed record RecallOptions
{
    /// <summary>Recall@k is the share of the k true nearest neighbours that the index finds. k: 1 to 100, default 10.</summary>
    public int K { get; init; } = 10;

    /// <summary>The objective. Vectors are given up when recall is below it beyond doubt. 0.5 to 1, default 0.92.</summary>
    public double Target { get; init; } = 0.92;

    /// <summary>What probes must reach before vectors are trusted again; above <see cref="Target"/>, so that an index at the edge does not come and go. Target to 1, default 0.94.</summary>
    public double RecoverAt { get; init; } = 0.94;

    /// <summary>The share of live vector searches that are repeated exactly. 0 (none) to 1, default 0.2.</summary>
    public double SampleShare { get; init; } = 0.2;

    /// <summary>Samples a second at most, over all corpora. 0.01 to 1,000, default 5.</summary>
    public double MaxSamplesPerSecond { get; init; } = 5;

    /// <summary>The newest samples of a corpus that count. 20 to 10,000, default 200.</summary>
    public int WindowSamples { get; init; } = 200;

    /// <summary>How long a sample counts, in minutes. 1 to 10,080, default 60.</summary>
    public double WindowMinutes { get; init; } = 60;

    /// <summary>Fewer samples are no evidence. 5 to <see cref="WindowSamples"/>, default 20.</summary>
    public int MinSamples { get; init; } = 20;

    /// <summary>Queries that probe an index after it was built again. 5 to 1,000, default 50.</summary>
    public int ProbeQueries { get; init; } = 50;

    /// <summary>The pause after a rebuild that did not help, in seconds; doubled each time, up to an hour. 1 to 3,600, default 30.</summary>
    public double RetrySeconds { get; init; } = 30;

    /// <summary>
    /// The part of one processor that exact repetition may take. An exact search reads every stored vector: with 100,000 of them that is a tenth of a gigabyte, so the
    /// larger the corpus, the rarer the samples. 0.001 to 1, default 0.1.
    /// </summary>
    public double ProcessorShare { get; init; } = 0.1;
}
