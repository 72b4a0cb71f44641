namespace Slipway.Retrieval.Reranking;

/// <summary>Whether a model ranks the best passages of a hybrid search again.</summary>
internal sealed record RerankerOptions
{
    /// <summary>A reranking model of the broker's catalog; empty (default): none.</summary>
    public string Model { get; init; } = "";

    /// <summary>How many passages it ranks. 2 to 100, default 20.</summary>
    public int Passages { get; init; } = 20;

    /// <summary>How long it is waited for, in milliseconds; then the fused order stands. 10 to 10,000, default 150, which the budget of 400 ms for retrieval has room for.</summary>
    public int TimeoutMs { get; init; } = 150;

    /// <summary>How much of each passage it is sent, in characters. 100 to 32,000, default 2,000.</summary>
    public int PassageCharacters { get; init; } = 2000;
}
