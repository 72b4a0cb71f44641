namespace Slipway.ModelBroker.Providers;

/// <summary>Vectors of a provider. Failures are <see cref="Models.ModelException"/>s.</summary>
internal interface IEmbeddingProvider
{
    /// <summary>The vectors of the texts, in their order, and the tokens that the provider counted; null when it did not say.</summary>
    Task<(IReadOnlyList<ReadOnlyMemory<float>> Vectors, int? Tokens)> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken);
}
