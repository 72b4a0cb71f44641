namespace Slipway.Retrieval.Embedding;

/// <summary>How the LSA embedder is fitted. Every value is part of the embeddings version.</summary>
internal sealed record LsaOptions
{
    /// <summary>Dimensions at most; small corpora get half as many as they have chunks. 2 to 1024, default 256.</summary>
    public int Rank { get; init; } = 256;

    /// <summary>The most frequent terms (by chunks) that are kept. 1,000 to 200,000, default 60,000 (60 MB of float32 at rank 256).</summary>
    public int MaxTerms { get; init; } = 60_000;

    /// <summary>A larger corpus is fitted on an even sample of this many chunks; the rest is folded in. 100 to 1,000,000, default 50,000.</summary>
    public int MaxFitChunks { get; init; } = 50_000;

    /// <summary>Extra random directions of the range finder. 0 to 256, default 16.</summary>
    public int Oversampling { get; init; } = 16;

    /// <summary>Power iterations. 0 to 20, default 3: six rank SciFact no better.</summary>
    public int PowerIterations { get; init; } = 3;

    /// <summary>The seed of the range finder.</summary>
    public int Seed { get; init; } = 20111;
}
