using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Api;

/// <summary>Translates between gRPC and the models. The call's cancellation (a client that left, a deadline that passed) cancels the provider's call.</summary>
internal sealed partial class ModelBrokerGrpcService(ChatModels models, ILogger<ModelBrokerGrpcService> logger) : ModelBrokerService.ModelBrokerServiceBase
{
    /// <inheritdoc />
    public override async Task<CompleteResponse> Complete(CompleteRequest request, ServerCallContext context)
    {
        try
        {
            return await Chat(request).CompleteAsync(request, context.CancellationToken);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Failure(exception, request.Model, context);
        }
    }

    /// <inheritdoc />
    public override async Task CompleteStream(CompleteRequest request, IServerStreamWriter<CompleteEvent> responseStream, ServerCallContext context)
    {
        try
        {
            await foreach (var item in Chat(request).StreamAsync(request, context.CancellationToken).WithCancellation(context.CancellationToken))
                await responseStream.WriteAsync(item, context.CancellationToken);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Failure(exception, request.Model, context);
        }
    }

    /// <inheritdoc />
    public override async Task<EmbeddingsResponse> Embed(EmbeddingsRequest request, ServerCallContext context)
    {
        try
        {
            return models.TryGetEmbedding(request.Model, out var model) ? await model.EmbedAsync(request, context.CancellationToken) : throw NotFound(request.Model, "embedding");
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Failure(exception, request.Model, context);
        }
    }

    /// <inheritdoc />
    public override async Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context)
    {
        try
        {
            return models.TryGetReranker(request.Model, out var model) ? await model.RerankAsync(request, context.CancellationToken) : throw NotFound(request.Model, "reranking");
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Failure(exception, request.Model, context);
        }
    }

    /// <inheritdoc />
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        var response = new ListModelsResponse { Version = models.Catalog.Version };
        response.Models.AddRange(models.Catalog.Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal).Select(Info));
        foreach (var (name, listed) in models.Catalog.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
        {
            var alias = new ModelAlias { Name = name };
            alias.Models.AddRange(listed);
            response.Aliases.Add(alias);
        }

        return Task.FromResult(response);
    }

    private static ModelInfo Info(CatalogModel model) => new()
    {
        Name = model.Name,
        Provider = model.Provider.IsExtractive ? "extractive" : model.Provider.Name,
        Mode = model.Entry.Mode,
        ContextWindow = model.Entry.ContextWindow,
        MaxOutputTokens = model.Entry.MaxOutputTokens,
        Tokenizer = model.Entry.Tokenizer,
        InputCostPerToken = model.Price.Base.Input,
        OutputCostPerToken = model.Price.Base.Output,
        Created = model.Entry.ReleaseDate is { } date ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds() : 0,
    };

    private IChatModel Chat(CompleteRequest request) => models.TryGetChat(request.Model, out var model) ? model : throw NotFound(request.Model, "chat");

    private static ModelException NotFound(string name, string mode) =>
        new(ServiceError.NotFound("model_not_found", $"There is no {mode} model '{(name.Length > 100 ? name[..100] : name)}'.", "model"));

    private RpcException Failure(Exception exception, string model, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested) return new RpcException(LateOrGone(context.Deadline));
        if (exception is ModelException failed)
        {
            LogFailed(model, failed.Error.Code, failed.InnerException?.GetType().Name ?? "refused here");
            return failed.Error.ToException();
        }

        LogUnexpected(model, exception);
        return new ServiceError(StatusCode.Internal, "upstream_error", "The model broker failed.").ToException();
    }

    /// <summary>Deadlines are instants of the real clock, which gRPC's own timers may pass a moment early.</summary>
    private static Status LateOrGone(DateTime deadline) =>
        TimeProvider.System.GetUtcNow().UtcDateTime >= deadline.AddMilliseconds(-20)
            ? new Status(StatusCode.DeadlineExceeded, "The deadline passed before the model had answered.")
            : new Status(StatusCode.Cancelled, "The caller left.");

    [LoggerMessage(10, LogLevel.Information, "A call of {Model} failed: {Code} ({Cause}).")]
    private partial void LogFailed(string model, string code, string cause);

    [LoggerMessage(11, LogLevel.Error, "A call of {Model} failed unexpectedly.")]
    private partial void LogUnexpected(string model, Exception exception);
}
