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
            .WithEnvironment("Slipway__Model__ApiKey", "sk-model-sim");

    /// <summary>Hands on <c>Slipway:Model:{Name,BaseUrl,ApiKey}</c>, to the model broker alone.</summary>
    internal static void WithConfiguredModel(this IResourceBuilder<ProjectResource> modelBroker, IDistributedApplicationBuilder builder)
    {
        var model = builder.Configuration.GetSection("Slipway:Model");
        foreach (var setting in (string[])["Name", "BaseUrl"])
        {
            if (model[setting] is { Length: > 0 } value) modelBroker.WithEnvironment("Slipway__Model__" + setting, value);
        }

        if (model["ApiKey"] is { Length: > 0 } key)
            modelBroker.WithEnvironment("Slipway__Model__ApiKey", builder.AddParameter("model-api-key", key, secret: true));
    }
}
