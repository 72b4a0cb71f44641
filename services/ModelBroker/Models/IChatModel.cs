using Slipway.Contracts;

namespace Slipway.ModelBroker.Models;

/// <summary>A provider's chat model. Failures are <see cref="ModelException"/>s; cancellation is the caller's, and nobody else's. It tries once.</summary>
internal interface IChatModel
{
    /// <summary>Asks for the whole answer.</summary>
    Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the answer as it is written: pieces, then exactly one completed event, which carries finish reason, usage and cost. A stream that ends otherwise fails.
    /// </summary>
    IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, CancellationToken cancellationToken);
}

/// <summary>A provider's model that embeds texts. It tries once.</summary>
internal interface IEmbeddingModel
{
    /// <summary>The vectors of the texts, in their order.</summary>
    Task<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, CancellationToken cancellationToken);
}

/// <summary>A provider's model that scores documents by their relevance to a query. It tries once.</summary>
internal interface IRerankModel
{
    /// <summary>The scores of the documents, in their order.</summary>
    Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken);
}
