using Grpc.Core;
using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Classification;
using Slipway.ModelBroker.Drift;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Api;

/// <summary>Translates between gRPC and the models. The call's cancellation (a client that left, a deadline that passed) cancels the provider's call.</summary>
internal sealed partial class ModelBrokerGrpcService(ChatModels models, DriftWatch drift, TimeProvider time, ILogger<ModelBrokerGrpcService> logger) : ModelBrokerService.ModelBrokerServiceBase
{
    /// <inheritdoc />
    public override Task<CompleteResponse> Complete(CompleteRequest request, ServerCallContext context) =>
        RunAsync(request.Model, context, () => models.Chat.CallAsync(request, Chat(request, context, firstText: null)));

    /// <inheritdoc />
    public override Task CompleteStream(CompleteRequest request, IServerStreamWriter<CompleteEvent> responseStream, ServerCallContext context) => RunAsync(request.Model, context, async () =>
    {
        TimeSpan? firstText = request.HasFirstTextMs ? TimeSpan.FromMilliseconds(request.FirstTextMs) : null;
        await foreach (var item in models.Stream.StreamAsync(request, Chat(request, context, firstText))) await responseStream.WriteAsync(item, context.CancellationToken);
        return true;
    });

    /// <inheritdoc />
    public override Task<EmbeddingsResponse> Embed(EmbeddingsRequest request, ServerCallContext context) =>
        RunAsync(request.Model, context, () => models.Embeddings.CallAsync(request, Call(request.Model, "embedding", request.Tenant, request.Background, context)));

    /// <inheritdoc />
    public override Task<RerankResponse> Rerank(RerankRequest request, ServerCallContext context) =>
        RunAsync(request.Model, context, () => models.Rerank.CallAsync(request, Call(request.Model, "rerank", request.Tenant, request.Background, context)));

    /// <inheritdoc />
    public override Task<ClassifyResponse> Classify(ClassifyRequest request, ServerCallContext context) => RunAsync(request.Model, context, () =>
    {
        if (ClassifyRules.Check(request) is { } error) throw new ModelException(error);
        return models.Classify.CallAsync(request, Call(models.Catalog.ForClassification(request.Model), request.Model, "chat", request.Tenant, request.Background, context));
    });

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

    /// <inheritdoc />
    public override Task<DescribeModelsResponse> DescribeModels(DescribeModelsRequest request, ServerCallContext context) => Task.FromResult(drift.Describe());

    private static ModelInfo Info(CatalogModel model) => new()
    {
        Name = model.Name,
        Provider = model.Provider.Label,
        Mode = model.Entry.Mode,
        ContextWindow = model.Entry.ContextWindow,
        MaxOutputTokens = model.Entry.MaxOutputTokens,
        Tokenizer = model.Entry.Tokenizer,
        InputCostPerToken = model.Price.Base.Input,
        OutputCostPerToken = model.Price.Base.Output,
        Created = model.Entry.ReleaseDate is { } date ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds() : 0,
    };

    private async Task<T> RunAsync<T>(string model, ServerCallContext context, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Failure(exception, model, context);
        }
    }

    private ModelCall Chat(CompleteRequest request, ServerCallContext context, TimeSpan? firstText) =>
        Call(request.Model, "chat", request.Tenant, request.Background, context, request.Fallbacks, firstText);

    private ModelCall Call(string name, string mode, string tenant, bool background, ServerCallContext context, IReadOnlyList<string>? fallbacks = null, TimeSpan? firstText = null) =>
        Call(models.Catalog.Route(name, mode, fallbacks), name, mode, tenant, background, context, firstText);

    private ModelCall Call(IReadOnlyList<CatalogModel> route, string name, string mode, string tenant, bool background, ServerCallContext context, TimeSpan? firstText = null)
    {
        if (route.Count == 0)
        {
            var what = mode == "rerank" ? "reranking" : mode;
            throw new ModelException(ServiceError.NotFound("model_not_found", $"There is no {what} model '{(name.Length > 100 ? name[..100] : name)}'.", "model"));
        }

        // The deadline is an instant of the real clock.
        var now = time.GetUtcNow();
        var end = context.Deadline == DateTime.MaxValue ? DateTimeOffset.MaxValue : now + (context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime);
        return new ModelCall
        {
            Route = route,
            Tenant = tenant,
            Background = background,
            End = end,
            Deadline = firstText is { } first && now + first < end ? now + first : end,
            Cancellation = context.CancellationToken,
        };
    }

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
