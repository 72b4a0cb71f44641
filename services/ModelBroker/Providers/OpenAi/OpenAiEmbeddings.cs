using OpenAI.Embeddings;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>Vectors of an OpenAI-compatible provider.</summary>
internal sealed class OpenAiEmbeddings(CatalogModel model, EmbeddingClient client, TimeProvider time) : IEmbeddingProvider
{
    /// <inheritdoc />
    public async Task<(IReadOnlyList<ReadOnlyMemory<float>> Vectors, int? Tokens)> EmbedAsync(IReadOnlyList<string> texts, int? dimensions, CancellationToken cancellationToken)
    {
        try
        {
            var options = dimensions is { } wanted ? new EmbeddingGenerationOptions { Dimensions = wanted } : null;
            var vectors = (await client.GenerateEmbeddingsAsync(texts, options, cancellationToken)).Value;
            return ([.. vectors.OrderBy(vector => vector.Index).Select(vector => vector.ToFloats())], vectors.Usage?.InputTokenCount);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw ProviderErrors.Classify(exception, model, started: false, time);
        }
    }
}
