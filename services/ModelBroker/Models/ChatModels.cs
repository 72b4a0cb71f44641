using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Embeddings;
using Slipway.ModelBroker.Limits;
using Slipway.ModelBroker.Providers;
using Slipway.ModelBroker.Reranking;
using Slipway.ModelBroker.Telemetry;

namespace Slipway.ModelBroker.Models;

/// <summary>
/// The offered models, each behind its pipeline. The order, outermost first:
/// <list type="number">
/// <item><see cref="MeasuredModel"/>: span, metrics; sees every call, refused ones too.</item>
/// <item><see cref="WindowGuard"/>: refuses prompts longer than the window, before they take a share of the limits.</item>
/// <item><see cref="LimitedModel"/>: requests, tokens and calls at once.</item>
/// <item><see cref="TimeLimitedModel"/>: the longest call, the longest silence.</item>
/// <item><see cref="ProviderModel"/>: the provider, through Semantic Kernel; usage, cost, failures by class.</item>
/// </list>
/// Nothing in it tries again: the caller has a deadline and other models, and knows what it has shown already.
/// </summary>
internal sealed class ChatModels
{
    private readonly FrozenDictionary<string, IChatModel> _chat;
    private readonly FrozenDictionary<string, IEmbeddingModel> _embedding;
    private readonly FrozenDictionary<string, IRerankModel> _rerank;

    public ChatModels(ModelCatalog catalog, ProviderClients clients, TimeProvider time)
    {
        Catalog = catalog;
        _chat = catalog.Models.Values.Where(model => model.IsChat).ToFrozenDictionary(model => model.Name, model => Pipeline(model, clients, time), StringComparer.Ordinal);
        _embedding = catalog.Models.Values.Where(model => model.IsEmbedding).ToFrozenDictionary(
            model => model.Name, IEmbeddingModel (model) => new EmbeddingModel(model, clients.Embeddings(model), new ModelLimits(model.Entry, time), time), StringComparer.Ordinal);
        _rerank = catalog.Models.Values.Where(model => model.IsReranker).ToFrozenDictionary(
            model => model.Name, IRerankModel (model) => new RerankModel(model, clients.Rerank(model), new ModelLimits(model.Entry, time), time), StringComparer.Ordinal);
    }

    public ModelCatalog Catalog { get; }

    /// <summary>Finds a chat model by name or alias.</summary>
    public bool TryGetChat(string name, [NotNullWhen(true)] out IChatModel? model)
    {
        model = Catalog.Find(name) is { } found ? _chat.GetValueOrDefault(found.Name) : null;
        return model is not null;
    }

    /// <summary>Finds an embedding model by name.</summary>
    public bool TryGetEmbedding(string name, [NotNullWhen(true)] out IEmbeddingModel? model)
    {
        model = Catalog.Find(name) is { } found ? _embedding.GetValueOrDefault(found.Name) : null;
        return model is not null;
    }

    /// <summary>Finds a reranking model by name.</summary>
    public bool TryGetReranker(string name, [NotNullWhen(true)] out IRerankModel? model)
    {
        model = Catalog.Find(name) is { } found ? _rerank.GetValueOrDefault(found.Name) : null;
        return model is not null;
    }

    private static IChatModel Pipeline(CatalogModel model, ProviderClients clients, TimeProvider time)
    {
        IChatModel pipeline = new ProviderModel(model, clients.Chat(model), time);
        pipeline = new TimeLimitedModel(pipeline, model.Provider.Timeout, time);
        pipeline = new LimitedModel(pipeline, new ModelLimits(model.Entry, time), model);
        pipeline = new WindowGuard(pipeline, model);
        return new MeasuredModel(pipeline, model, time);
    }
}

/// <summary>Adds the models.</summary>
internal static class ModelExtensions
{
    /// <summary>Adds the pipelines of all offered models, and the clients of their providers.</summary>
    public static WebApplicationBuilder AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ProviderClients>();
        builder.Services.AddSingleton<ChatModels>();
        return builder;
    }
}
