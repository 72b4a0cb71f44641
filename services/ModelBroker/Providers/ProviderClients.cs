using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI.Embeddings;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Providers.Extractive;
using Slipway.ModelBroker.Providers.OpenAi;

namespace Slipway.ModelBroker.Providers;

/// <summary>Semantic Kernel's services and OpenAI's clients, one connection pool for each provider.</summary>
internal sealed class ProviderClients : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenAiConnection> _connections = new(StringComparer.Ordinal);

    /// <summary>The chat service of a model.</summary>
    public IChatCompletionService Chat(CatalogModel model) => model.Provider.IsExtractive
        ? new ExtractiveChatCompletionService()
        : new OpenAIChatCompletionService(model.ProviderModel, Connection(model.Provider).Client);

    /// <summary>The embedding client of a model.</summary>
    public EmbeddingClient Embeddings(CatalogModel model) => Connection(model.Provider).Client.GetEmbeddingClient(model.ProviderModel);

    /// <summary>The reranking client of a model.</summary>
    public RerankClient Rerank(CatalogModel model) => new(Connection(model.Provider).Client, model.Provider.BaseUrl!, model.ProviderModel);

    public void Dispose()
    {
        foreach (var connection in _connections.Values) connection.Dispose();
    }

    private OpenAiConnection Connection(CatalogProvider provider)
    {
        lock (_gate)
        {
            if (!_connections.TryGetValue(provider.Name, out var connection)) _connections[provider.Name] = connection = new OpenAiConnection(provider);
            return connection;
        }
    }
}
