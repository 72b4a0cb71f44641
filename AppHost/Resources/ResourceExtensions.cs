namespace Slipway.AppHost.Resources;

/// <summary>Sentences of Program.cs.</summary>
internal static class ResourceExtensions
{
    /// <summary>Gives a service the connection string of a store.</summary>
    internal static IResourceBuilder<ProjectResource> WithStore(this IResourceBuilder<ProjectResource> service, Store store) =>
        service.WithReference(store.Connection, connectionName: store.Name);

    /// <summary>The same, where there is such a store. Containers take their time, so the service waits for them.</summary>
    internal static IResourceBuilder<ProjectResource> WithOptionalStore(this IResourceBuilder<ProjectResource> service, Store? store) =>
        store is null ? service : service.WithStore(store).WaitFor(store.Process);

    /// <summary>Makes Elasticsearch, where there is one, retrieval's index of keywords and of vectors, unless the configuration names other backends.</summary>
    internal static IResourceBuilder<ProjectResource> WithIndexesIn(this IResourceBuilder<ProjectResource> retrieval, Store? elasticsearch)
    {
        if (elasticsearch is null) return retrieval;
        foreach (var index in (ReadOnlySpan<string>)["Keyword", "Vectors"])
        {
            var named = retrieval.ApplicationBuilder.Configuration[$"Slipway:Retrieval:{index}:Backend"];
            retrieval.WithEnvironment($"Slipway__Retrieval__{index}__Backend", string.IsNullOrEmpty(named) ? elasticsearch.Name : named);
        }

        return retrieval.WithOptionalStore(elasticsearch);
    }

    /// <summary>Gives retrieval the handbook, which it indexes at its first start for the tenant of the local key.</summary>
    internal static IResourceBuilder<ProjectResource> WithCorpus(this IResourceBuilder<ProjectResource> retrieval) =>
        retrieval
            .WithEnvironment("Slipway__Corpus__Path", Path.GetFullPath(Path.Combine(retrieval.ApplicationBuilder.AppHostDirectory, "..", "docs")))
            .WithEnvironment("Slipway__Corpus__Tenant", "dev");

    /// <summary>Gives the edge a second address, for the console, and tells it which of its two it is.</summary>
    internal static IResourceBuilder<ProjectResource> WithConsole(this IResourceBuilder<ProjectResource> edge, int port)
    {
        edge.WithHttpEndpoint(port: port, name: "console");
        return edge.WithEnvironment("Slipway__Edge__ConsolePort", ReferenceExpression.Create($"{edge.GetEndpoint("console").Property(EndpointProperty.TargetPort)}"));
    }

    /// <summary>Makes the simulator the model of the assistant.</summary>
    internal static void WithModelSim(this IResourceBuilder<ProjectResource> modelBroker, IResourceBuilder<ProjectResource> modelSim) =>
        modelBroker
            .WithReference(modelSim)
            .WithEnvironment("Slipway__Model__Name", "sim")
            .WithEnvironment("Slipway__Model__BaseUrl", ReferenceExpression.Create($"{modelSim.GetEndpoint("http")}/v1"))
            .WithEnvironment("Slipway__Model__ApiKey", modelBroker.ApplicationBuilder.AddParameter("model-api-key", "sk-model-sim", secret: true));

    /// <summary>Hands on the sections <c>Slipway:Model</c>, <c>Slipway:EmbeddingModel</c> and <c>Slipway:RerankModel</c>; their keys as secrets, which go to the model broker alone.</summary>
    internal static void WithConfiguredModels(this IResourceBuilder<ProjectResource> modelBroker)
    {
        var builder = modelBroker.ApplicationBuilder;
        foreach (var (section, parameter) in (ReadOnlySpan<(string, string)>)[("Model", "model-api-key"), ("EmbeddingModel", "embedding-model-api-key"), ("RerankModel", "rerank-model-api-key")])
        {
            foreach (var setting in builder.Configuration.GetSection("Slipway:" + section).GetChildren())
            {
                if (setting.Value is not { Length: > 0 } value) continue;
                var variable = $"Slipway__{section}__{setting.Key}";
                if (setting.Key.Equals("ApiKey", StringComparison.OrdinalIgnoreCase)) modelBroker.WithEnvironment(variable, builder.AddParameter(parameter, value, secret: true));
                else modelBroker.WithEnvironment(variable, value);
            }
        }
    }
}
