namespace Slipway.Retrieval.Embedding;

/// <summary>When the embedder is fitted again.</summary>
internal sealed record EmbeddingOptions
{
    /// <summary>A corpus that has not changed for this long is quiet (ten times as long while a stream of its documents is open), in milliseconds. 0 to 60,000, default 1,000.</summary>
    public int QuietMs { get; init; } = 1000;

    /// <summary>A quiet corpus is fitted again when it has this many times the chunks of the last fit. 1.1 to 100, default 1.5.</summary>
    public double QuietGrowth { get; init; } = 1.5;

    /// <summary>A corpus is fitted again at once, quiet or not, when it has this many times the chunks of the last fit. 1.1 to 1,000, default 4.</summary>
    public double BusyGrowth { get; init; } = 4;

    /// <summary>A corpus without a model is fitted at once, quiet or not, when it has this many chunks. Default 20,000.</summary>
    public int FirstBusyFit { get; init; } = 20_000;

    /// <summary>Threads of a fit. 0 means half of the processors. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>The parameters of LSA.</summary>
    public LsaOptions Lsa { get; init; } = new();
}
