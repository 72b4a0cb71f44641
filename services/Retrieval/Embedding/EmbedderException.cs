namespace Slipway.Retrieval.Embedding;

/// <summary>Why texts could not be embedded.</summary>
internal enum EmbedderFault
{
    /// <summary>It is away, too slow or over its limits: the same texts may work later.</summary>
    Unavailable,

    /// <summary>It does not take these texts.</summary>
    Refused,

    /// <summary>What it answered is no embedding of these texts: a wrong number of vectors or of dimensions, or values that are not finite.</summary>
    Unusable,
}

/// <summary>Texts could not be embedded. The message names no text.</summary>
internal sealed class EmbedderException(EmbedderFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public EmbedderFault Fault { get; } = fault;
}
