using Slipway.Contracts;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// A model that answers chats. Decorators of this interface make the pipeline of <see cref="ChatModels"/>; the innermost one calls the provider. Failures are
/// <see cref="ModelException"/>s; cancellation is the caller's, and nobody else's.
/// </summary>
internal interface IChatModel
{
    /// <summary>Asks for the whole answer.</summary>
    Task<CompleteResponse> CompleteAsync(CompleteRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for the answer as it is written: pieces, then exactly one completed event, which carries finish reason, usage and cost. A stream that ends otherwise fails.
    /// </summary>
    IAsyncEnumerable<CompleteEvent> StreamAsync(CompleteRequest request, CancellationToken cancellationToken);
}

/// <summary>A model that embeds texts.</summary>
internal interface IEmbeddingModel
{
    /// <summary>The vectors of the texts, in their order.</summary>
    Task<EmbeddingsResponse> EmbedAsync(EmbeddingsRequest request, CancellationToken cancellationToken);
}

/// <summary>A model that scores documents by their relevance to a query.</summary>
internal interface IRerankModel
{
    /// <summary>The scores of the documents, in their order.</summary>
    Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken);
}

/// <summary>A call that failed, classified: what the caller is told, and whether another try makes sense, is in the error.</summary>
/// <param name="error">What the caller is told.</param>
/// <param name="inner">What happened.</param>
internal sealed class ModelException(ServiceError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public ServiceError Error => error;
}
