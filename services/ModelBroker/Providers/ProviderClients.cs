using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.Anthropic;
using Slipway.ModelBroker.Providers.Azure;
using Slipway.ModelBroker.Providers.Extractive;
using Slipway.ModelBroker.Providers.Native;
using Slipway.ModelBroker.Providers.Ollama;
using Slipway.ModelBroker.Providers.OpenAi;

namespace Slipway.ModelBroker.Providers;

/// <summary>The providers of models, one connection pool for each; on Azure, where deployments are named in the path, one for each deployment.</summary>
internal sealed class ProviderClients : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenAiConnection> _connections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HttpClient> _native = new(StringComparer.Ordinal);

    /// <summary>A chat model as its provider has it: the innermost of its pipeline.</summary>
    public IChatModel Chat(CatalogModel model, TimeProvider time) => model.Provider.Type switch
    {
        "anthropic" => new AnthropicModel(model, Native(model.Provider), time),
        "ollama" => new OllamaModel(model, Native(model.Provider), time),
        _ => new ProviderModel(model, Service(model), time),
    };

    /// <summary>The vectors of a model.</summary>
    public IEmbeddingProvider Embeddings(CatalogModel model, TimeProvider time) => model.Provider.Type == "ollama"
        ? new OllamaEmbeddings(model, Native(model.Provider), time)
        : new OpenAiEmbeddings(model, Connection(model).Client.GetEmbeddingClient(model.ProviderModel), time);

    /// <summary>The reranking client of a model.</summary>
    public RerankClient Rerank(CatalogModel model) => new(Connection(model).Client, model.Provider.BaseUrl!, model.ProviderModel);

    public void Dispose()
    {
        foreach (var connection in _connections.Values) connection.Dispose();
        foreach (var http in _native.Values) http.Dispose();
    }

    private IChatCompletionService Service(CatalogModel model) => model.Provider.IsExtractive
        ? new ExtractiveChatCompletionService()
        : new OpenAIChatCompletionService(model.ProviderModel, Connection(model).Client);

    private OpenAiConnection Connection(CatalogModel model)
    {
        var name = model.Provider.ApiVersion is null ? model.Provider.Name : model.Provider.Name + "/" + model.ProviderModel;
        lock (_gate)
        {
            if (!_connections.TryGetValue(name, out var connection))
                _connections[name] = connection = model.Provider.Type == "azure" ? AzureConnection.Open(model) : new OpenAiConnection(model.Provider);
            return connection;
        }
    }

    private HttpClient Native(CatalogProvider provider)
    {
        lock (_gate)
        {
            if (!_native.TryGetValue(provider.Name, out var http)) _native[provider.Name] = http = NativeConnection.Open(provider);
            return http;
        }
    }
}
