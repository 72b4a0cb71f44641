namespace Slipway.Retrieval.Keyword;

/// <summary>How the keyword index ranks.</summary>
internal sealed record KeywordOptions
{
    /// <summary>The name of the backend <see cref="LuceneIndex"/>.</summary>
    public const string Lucene = "lucene";

    /// <summary><c>lucene</c> (default): Lucene.NET in this process. <c>elasticsearch</c>: an index for each corpus there.</summary>
    public string Backend { get; init; } = Lucene;

    /// <summary>
    /// BM25's saturation of term frequency. 0 to 3, default 0.9; with b = 0.4 what Anserini takes for passages, and the best of seven settings tried on SciFact's
    /// train queries (nDCG@10 0.701 against 0.694 with Lucene's 1.2 and 0.75).
    /// </summary>
    public float K1 { get; init; } = 0.9f;

    /// <summary>BM25's length normalisation. 0 to 1, default 0.4.</summary>
    public float B { get; init; } = 0.4f;

    /// <summary>What a match in the title adds, against 1 for a match in the passage (which title and headings are part of). 0 to 10, default 0.2.</summary>
    public float TitleBoost { get; init; } = 0.2f;

    /// <summary>What a match in the headings adds, likewise. 0 to 10, default 0.2.</summary>
    public float HeadingBoost { get; init; } = 0.2f;
}
