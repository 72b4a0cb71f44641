namespace Slipway.Retrieval.Embedding;

/// <summary>Turns texts into vectors of unit length. Texts which mean nothing to it (no known term) become vectors of zeros.</summary>
internal interface IEmbedder
{
    /// <summary>Names algorithm, parameters and fit. Vectors of different versions are never compared.</summary>
    string Version { get; }

    /// <summary>The length of every vector.</summary>
    int Dimensions { get; }

    /// <summary>Embeds <paramref name="texts"/> into <paramref name="destination"/>, one after the other, <see cref="Dimensions"/> values each.</summary>
    ValueTask EmbedAsync(IReadOnlyList<string> texts, Memory<float> destination, CancellationToken cancellationToken);
}
