using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Embeddings;

namespace Slipway.ModelBroker.Models;

/// <summary>How a call ended: with usage, with a failure, or with neither, because its caller left.</summary>
internal readonly record struct Ending(Usage? Usage, ModelException? Failure);

/// <summary>What the pipeline has to know about a kind of call.</summary>
internal abstract class Operation<TRequest, TReply>
{
    /// <summary>Characters of English text in a token: enough for an estimate that is settled within seconds.</summary>
    protected const int CharactersPerToken = 4;

    /// <summary>The name in OpenTelemetry's conventions.</summary>
    public abstract string Name { get; }

    /// <summary>What the call will take of a limit of tokens, prompt and answer together.</summary>
    public abstract long Estimate(TRequest request, CatalogModel model);

    /// <summary>Whether a model other than the one asked for can take the request.</summary>
    public virtual bool MayTake(TRequest request, CatalogModel model) => true;

    /// <summary>Puts before a model's pipeline what this kind of call needs for this model alone.</summary>
    public virtual IModel<TRequest, TReply> Guard(IModel<TRequest, TReply> pipeline, CatalogModel model, TimeProvider time) => pipeline;

    /// <summary>Tells how a call ended: now for a whole reply, later for one that has only begun.</summary>
    public abstract void OnEnd(TReply reply, Action<Ending> end);
}

internal sealed class ChatOperation : Operation<CompleteRequest, CompleteResponse>
{
    /// <summary>What an answer is taken to need when the caller sets no limit.</summary>
    private const int UsualAnswer = 500;

    public override string Name => "chat";

    public override long Estimate(CompleteRequest request, CatalogModel model) => EstimateChat(request, model);

    public override bool MayTake(CompleteRequest request, CatalogModel model) => MayTakeChat(request, model);

    public override IModel<CompleteRequest, CompleteResponse> Guard(IModel<CompleteRequest, CompleteResponse> pipeline, CatalogModel model, TimeProvider time) => new WindowGuard<CompleteResponse>(pipeline, model);

    public override void OnEnd(CompleteResponse reply, Action<Ending> end) => end(new Ending(reply.Usage, null));

    /// <summary>A request that ends with the assistant's words is for a model that goes on with them.</summary>
    public static bool MayTakeChat(CompleteRequest request, CatalogModel model) =>
        model.Entry.AssistantPrefill || request.Messages is not [.., { Role: "assistant", ToolCallsJson.Length: 0 }];

    public static long EstimateChat(CompleteRequest request, CatalogModel model)
    {
        long characters = 0;
        foreach (var message in request.Messages) characters += message.Content.Length + message.ToolCallsJson.Length;
        return (characters / CharactersPerToken) + (request.HasMaxOutputTokens ? request.MaxOutputTokens : Math.Min(UsualAnswer, model.Entry.MaxOutputTokens));
    }
}

internal sealed class StreamOperation : Operation<CompleteRequest, ReplyStream>
{
    public override string Name => "chat";

    public override long Estimate(CompleteRequest request, CatalogModel model) => ChatOperation.EstimateChat(request, model);

    public override bool MayTake(CompleteRequest request, CatalogModel model) => ChatOperation.MayTakeChat(request, model);

    public override IModel<CompleteRequest, ReplyStream> Guard(IModel<CompleteRequest, ReplyStream> pipeline, CatalogModel model, TimeProvider time) => new WindowGuard<ReplyStream>(pipeline, model);

    public override void OnEnd(ReplyStream reply, Action<Ending> end) => reply.OnEnd(end);
}

internal sealed class EmbeddingsOperation : Operation<EmbeddingsRequest, EmbeddingsResponse>
{
    public override string Name => "embeddings";

    public override IModel<EmbeddingsRequest, EmbeddingsResponse> Guard(IModel<EmbeddingsRequest, EmbeddingsResponse> pipeline, CatalogModel model, TimeProvider time) => new GatheringModel(pipeline, model, time);

    public override long Estimate(EmbeddingsRequest request, CatalogModel model) => request.Texts.Sum(text => (long)text.Length) / CharactersPerToken;

    public override void OnEnd(EmbeddingsResponse reply, Action<Ending> end) => end(new Ending(reply.Usage, null));
}

internal sealed class RerankOperation : Operation<RerankRequest, RerankResponse>
{
    public override string Name => "rerank";

    public override long Estimate(RerankRequest request, CatalogModel model) => request.Documents.Sum(text => (long)text.Length + request.Query.Length) / CharactersPerToken;

    public override void OnEnd(RerankResponse reply, Action<Ending> end) => end(new Ending(reply.Usage, null));
}
