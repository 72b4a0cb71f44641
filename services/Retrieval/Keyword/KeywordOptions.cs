namespace Slipway.Retrieval.Keyword;

/// <summary>How the keyword index ranks.</summary>
internal sealed record KeywordOptions
{
    /// <summary>BM25's saturation of term frequency. 0 to 3.</summary>
    public float K1 { get; init; } = 1.2f;

    /// <summary>BM25's length normalisation. 0 to 1.</summary>
    public float B { get; init; } = 0.75f;

    /// <summary>What a match in the title adds, against 1 for a match in the passage (which title and headings are part of). 0 to 10.</summary>
    public float TitleBoost { get; init; } = 0.2f;

    /// <summary>What a match in the headings adds, likewise.</summary>
    public float HeadingBoost { get; init; } = 0.2f;
}
