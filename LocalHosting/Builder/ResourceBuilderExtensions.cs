using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting;

/// <summary>What can be said about a resource.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Gives the resource an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.With(new EnvironmentVariable(name, value));

    /// <summary>Gives the resource the URL of an endpoint.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.With(new EnvironmentVariable(name, endpointReference));

    /// <summary>Gives the resource a parameter's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.With(new EnvironmentVariable(name, parameter.Resource));

    /// <summary>Gives the resource the value of an expression.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment => builder.With(new EnvironmentVariable(name, value));

    /// <summary>Gives the resource a connection string: <c>ConnectionStrings__NAME</c>.</summary>
    /// <param name="builder">Who is given it.</param>
    /// <param name="source">Whose it is.</param>
    /// <param name="connectionName">NAME; without it the source's name.</param>
    /// <param name="optional">Whether it may be missing.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment =>
        builder.With(new ConnectionReference(source.Resource, connectionName ?? source.Resource.Name, optional));

    /// <summary>Tells the resource where the endpoints of another are: <c>services__NAME__SCHEME__0</c> and <c>NAME_ENDPOINT</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment => builder.With(new EndpointsReference(source.Resource, null));

    /// <summary>Tells the resource where one endpoint of another is.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment => builder.With(new EndpointsReference(endpointReference.Resource, endpointReference.EndpointName));

    /// <summary>Starts the resource only when the other is healthy, or runs where it has no health check.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.With(new WaitFor(dependency.Resource));

    /// <summary>Adds an endpoint, or says more about one.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">Its port; without it a free one.</param>
    /// <param name="targetPort">The port that the process listens on. There is no proxy here, so it must be <paramref name="port"/> where both are said.</param>
    /// <param name="scheme">http, tcp, …; without it tcp.</param>
    /// <param name="name">Its name; without it the scheme.</param>
    /// <param name="env">The environment variable that tells the process its port. An http endpoint with one is not part of <c>ASPNETCORE_URLS</c>.</param>
    /// <param name="isProxied">Ignored.</param>
    /// <param name="isExternal">Whether people use it.</param>
    /// <param name="protocol">Tcp.</param>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder,
        int? port = null,
        int? targetPort = null,
        string? scheme = null,
        string? name = null,
        string? env = null,
        bool? isProxied = null,
        bool? isExternal = null,
        ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        if (protocol is not null and not ProtocolType.Tcp) throw new DistributedApplicationException($"An endpoint of '{builder.Resource.Name}' is not TCP: that needs -p:Orchestrator=Aspire.");
        if (port is not null && targetPort is not null && port != targetPort)
            throw new DistributedApplicationException($"An endpoint of '{builder.Resource.Name}' has port {port} and target port {targetPort}: there is no proxy here, so they must be the same.");

        var endpointName = name ?? scheme ?? "tcp";
        var endpoint = builder.Resource.Annotations.OfType<LocalEndpoint>().FirstOrDefault(other => other.Name == endpointName);
        if (endpoint is null) builder.Resource.Annotations.Add(endpoint = new LocalEndpoint(endpointName, scheme ?? "tcp"));
        endpoint.FixedPort = port ?? targetPort ?? endpoint.FixedPort;
        endpoint.PortVariable = env ?? endpoint.PortVariable;
        endpoint.External = isExternal ?? endpoint.External;
        return builder;
    }

    /// <summary>Adds an http endpoint, or says more about one. See <see cref="WithEndpoint"/>.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name, env, isProxied);

    /// <summary>Says that people use the http endpoints which the resource has so far.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<LocalEndpoint>().Where(endpoint => endpoint.Scheme == "http")) endpoint.External = true;
        return builder;
    }

    /// <summary>Asks an http endpoint whether the resource is healthy.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="path">What to GET; without it <c>/</c>.</param>
    /// <param name="statusCode">The status that means healthy; without it 200.</param>
    /// <param name="endpointName">Which endpoint; without it <c>http</c>.</param>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints =>
        builder.With(new HttpHealthCheck(builder.GetEndpoint(endpointName ?? "http"), path ?? "/", statusCode ?? 200));

    /// <summary>An endpoint by its name.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    private static IResourceBuilder<T> With<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation)
        where T : IResource
    {
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}
