namespace Slipway.ModelBroker.Models;

/// <summary>
/// Something that answers requests: a deployment, or everything behind a name. Decorators of this interface make the pipeline of <see cref="ChatModels"/>. Failures
/// are <see cref="ModelException"/>s; cancellation is the caller's, and nobody else's.
/// </summary>
/// <typeparam name="TRequest">A chat, texts to embed, documents to score.</typeparam>
/// <typeparam name="TReply">The answer, or <see cref="ReplyStream"/> for one that has begun.</typeparam>
internal interface IModel<in TRequest, TReply>
{
    Task<TReply> CallAsync(TRequest request, ModelCall call);
}

/// <summary>What answers chats piece by piece.</summary>
internal interface IStreamingModel
{
    /// <summary>Pieces, then exactly one completed event. A stream that ends otherwise fails.</summary>
    IAsyncEnumerable<Contracts.CompleteEvent> StreamAsync(Contracts.CompleteRequest request, ModelCall call);
}
