namespace Slipway.Retrieval.Embedding;

/// <summary>Stands for the embedder of a stored generation that cannot be had in this process. Its vectors are kept; nothing is embedded with it.</summary>
/// <param name="version">The version of the generation.</param>
/// <param name="reason">Why it cannot be had.</param>
internal sealed class UnavailableEmbedder(string version, string reason) : IEmbedder
{
    /// <summary>Why it cannot be had.</summary>
    public string Reason => reason;

    /// <inheritdoc />
    public string Version => version;

    /// <inheritdoc />
    public int Dimensions => 0;

    /// <inheritdoc />
    public ValueTask EmbedAsync(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken) =>
        ValueTask.FromException(new EmbedderException(EmbedderFault.Unavailable, reason));
}
