namespace Slipway.Retrieval.Embedding;

/// <summary>What a text is embedded for: some models are trained to tell questions from passages.</summary>
internal enum EmbeddingUse
{
    /// <summary>A passage, to be found.</summary>
    Document,

    /// <summary>A question, to find passages with.</summary>
    Query,
}

/// <summary>Turns texts into vectors of unit length. Texts which mean nothing to it (no known term) become vectors of zeros.</summary>
internal interface IEmbedder
{
    /// <summary>Names algorithm, parameters and fit. Vectors of different versions are never compared.</summary>
    string Version { get; }

    /// <summary>The length of every vector.</summary>
    int Dimensions { get; }

    /// <summary>Embeds <paramref name="texts"/> into <paramref name="destination"/>, one after the other, <see cref="Dimensions"/> values each.</summary>
    /// <exception cref="EmbedderException">It could not; nothing that is in <paramref name="destination"/> may be used.</exception>
    ValueTask EmbedAsync(IReadOnlyList<string> texts, EmbeddingUse use, Memory<float> destination, CancellationToken cancellationToken);
}
