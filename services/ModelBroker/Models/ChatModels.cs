using System.Collections.Frozen;
using Slipway.Contracts;
using Slipway.ModelBroker.Breakers;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Classification;
using Slipway.ModelBroker.Drift;
using Slipway.ModelBroker.Embeddings;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Providers;
using Slipway.ModelBroker.Reranking;
using Slipway.ModelBroker.Routing;
using Slipway.ModelBroker.Shared;
using Slipway.ModelBroker.Sharing;
using Slipway.ModelBroker.Telemetry;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// The offered models behind one pipeline. The order, outermost first:
/// <list type="number">
/// <item><see cref="MeasuredModel{TRequest,TReply}"/>: span, metrics; sees every call, refused ones too.</item>
/// <item><see cref="SharingModel"/> and <see cref="SharingEmbeddings"/>: calls that ask the same at once share one, and an answer is given again where the caller wants the same.</item>
/// <item><see cref="CompletingModel"/>, streams alone: goes on with an answer that broke off.</item>
/// <item><see cref="TenantLimitedModel{TRequest,TReply}"/>: the tenant's limits, once for a call.</item>
/// <item><see cref="Router{TRequest,TReply}"/>: the models of the route, each within its turn.</item>
/// <item><see cref="WindowGuard{TReply}"/>, chats alone: refuses prompts longer than the window, before they take a share of the limits.</item>
/// <item><see cref="GatheringModel"/>, embeddings alone: one call for the texts that come together; <see cref="PackingModel"/> does so for classifications, before the window's check of the chat.</item>
/// <item><see cref="RetryingModel{TRequest,TReply}"/>: the same model again, where that helps.</item>
/// <item><see cref="GuardedModel{TRequest,TReply}"/>: the model's breaker.</item>
/// <item><see cref="LimitedModel{TRequest,TReply}"/>: requests, tokens and calls at once. Inside the retry, so that each attempt counts, as it does with the provider.</item>
/// <item><see cref="TimedModel{TRequest,TReply}"/>, or <see cref="StreamOpener"/>: the longest call, the longest silence.</item>
/// <item><see cref="WatchedModel"/>, chats alone: notices when something else answers under the name.</item>
/// <item>the provider: <see cref="ProviderModel"/> or a <see cref="Providers.Native.NativeModel"/>, <see cref="EmbeddingModel"/>, <see cref="RerankModel"/>: usage, cost, failures by class.</item>
/// </list>
/// </summary>
internal sealed class ChatModels
{
    public ChatModels(ModelCatalog catalog, ProviderClients clients, DriftWatch drift, BackOff backOff, SharedStore store, TimeProvider time)
    {
        Catalog = catalog;
        var deployments = catalog.Models.Values.ToDictionary(model => model.Name, model => new Deployment(model, new Breaker(model.Name, time), new Limiter("model:" + model.Name, $"The model '{model.Name}'", model.Limits, store, time)));
        var tenants = new TenantLimits(catalog, store, time);
        var chats = Of(model => model.IsChat, model => (IChatModel)new WatchedModel(clients.Chat(model, time), model.Name, drift));
        var embedders = Of(model => model.IsEmbedding, model => new EmbeddingModel(model, clients.Embeddings(model, time)));
        var rerankers = Of(model => model.IsReranker, model => new RerankModel(model, clients.Rerank(model), time));

        var kept = new KeptAnswers(time);
        var replicas = new ReplicaFlights(store, time);

        Chat = Measure(new ChatOperation(), Measured.Succeed, new SharingModel(
            Route(chats, new ChatOperation(), (model, provider) => new TimedModel<CompleteRequest, CompleteResponse>(model, provider.CompleteAsync, time)), ChatCalls, kept, replicas));
        Stream = new MeasuredStream(
            new SharingStream(new CompletingModel(Route(chats, new StreamOperation(), (model, provider) => new StreamOpener(model, provider, time))), Flights, kept, new ReplicaStreams(store, time)), catalog, time);
        Embeddings = Measure(new EmbeddingsOperation(), Measured.Succeed, new SharingEmbeddings(
            Route(embedders, new EmbeddingsOperation(), (model, provider) => new TimedModel<EmbeddingsRequest, EmbeddingsResponse>(model, provider.EmbedAsync, time)), EmbeddingCalls, replicas));
        // What is packed goes through a chat's pipeline.
        var packers = chats.ToFrozenDictionary(
            chat => chat.Key, chat => (IModel<ClassifyRequest, ClassifyResponse>)new PackingModel(
                deployments[chat.Key].Pipeline(new ChatOperation(), new TimedModel<CompleteRequest, CompleteResponse>(deployments[chat.Key].Model, chat.Value.CompleteAsync, time), backOff, time), deployments[chat.Key].Model, time),
            StringComparer.Ordinal);
        Classify = Measure(new ClassifyOperation(), Measured.Succeed, new TenantLimitedModel<ClassifyRequest, ClassifyResponse>(
            new Router<ClassifyRequest, ClassifyResponse>(packers, new ClassifyOperation(), time), tenants, new ClassifyOperation()));
        Rerank = Measure(new RerankOperation(), Measured.Succeed, Route(rerankers, new RerankOperation(), (model, provider) => new TimedModel<RerankRequest, RerankResponse>(model, provider.RerankAsync, time)));

        Dictionary<string, T> Of<T>(Func<CatalogModel, bool> mode, Func<CatalogModel, T> provider) => catalog.Models.Values.Where(mode).ToDictionary(model => model.Name, provider);

        IModel<TRequest, TReply> Measure<TRequest, TReply>(Operation<TRequest, TReply> operation, Action<GenAi.GenAiCall, ModelCatalog, TReply> succeed, IModel<TRequest, TReply> inner) =>
            new MeasuredModel<TRequest, TReply>(inner, operation, catalog, succeed, time);

        IModel<TRequest, TReply> Route<TProvider, TRequest, TReply>(
            Dictionary<string, TProvider> providers, Operation<TRequest, TReply> operation, Func<CatalogModel, TProvider, IModel<TRequest, TReply>> timed) =>
            new TenantLimitedModel<TRequest, TReply>(new Router<TRequest, TReply>(providers.ToFrozenDictionary(provider => provider.Key, provider => deployments[provider.Key].Pipeline(operation, timed(deployments[provider.Key].Model, provider.Value), backOff, time), StringComparer.Ordinal), operation, time), tenants, operation);
    }

    public ModelCatalog Catalog { get; }

    /// <summary>The streams that are under way.</summary>
    internal Flights Flights { get; } = new();

    /// <summary>The calls for whole answers that are under way.</summary>
    internal CallsAtOnce<CompleteResponse> ChatCalls { get; } = new(Reuse.Again);

    /// <summary>The embedding calls that are under way.</summary>
    internal CallsAtOnce<EmbeddingsResponse> EmbeddingCalls { get; } = new(Reuse.Again);

    public IModel<CompleteRequest, CompleteResponse> Chat { get; }

    public IStreamingModel Stream { get; }

    public IModel<EmbeddingsRequest, EmbeddingsResponse> Embeddings { get; }

    public IModel<RerankRequest, RerankResponse> Rerank { get; }

    public IModel<ClassifyRequest, ClassifyResponse> Classify { get; }

    /// <summary>A model, and what its kinds of calls share.</summary>
    private sealed record Deployment(CatalogModel Model, Breaker Breaker, Limiter Limits)
    {
        public IModel<TRequest, TReply> Pipeline<TRequest, TReply>(Operation<TRequest, TReply> operation, IModel<TRequest, TReply> timed, BackOff backOff, TimeProvider time)
        {
            IModel<TRequest, TReply> pipeline = new LimitedModel<TRequest, TReply>(timed, Limits, Model, operation);
            pipeline = new GuardedModel<TRequest, TReply>(pipeline, Model, Breaker, operation);
            pipeline = new RetryingModel<TRequest, TReply>(pipeline, Model, backOff, time);
            return operation.Guard(pipeline, Model, time);
        }
    }
}

/// <summary>Adds the models.</summary>
internal static class ModelExtensions
{
    /// <summary>Adds the pipelines of all offered models, and the clients of their providers.</summary>
    public static WebApplicationBuilder AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ProviderClients>();
        // Replicas that failed together must not return together.
        builder.Services.AddSingleton(new BackOff(new Random(Guid.NewGuid().GetHashCode())));
        builder.Services.AddSingleton<ChatModels>();
        return builder;
    }
}
