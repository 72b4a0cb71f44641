using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Adds parameters, and connection strings from the configuration.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter with its value.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="publishValueAsDefault">Matters to publishing alone.</param>
    /// <param name="secret">Whether the value must not be shown.</param>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, value, secret));

    /// <summary>Adds a connection string from the configuration (<c>ConnectionStrings:NAME</c>).</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">NAME.</param>
    /// <param name="environmentVariableName">Must be null here.</param>
    /// <exception cref="DistributedApplicationException">The configuration has none.</exception>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null)
    {
        if (environmentVariableName is not null)
            throw new DistributedApplicationException($"The connection string '{name}' wants an environment variable of its own: that needs -p:Orchestrator=Aspire.");
        var value = builder.Configuration.GetConnectionString(name)
            ?? throw new DistributedApplicationException($"There is no connection string '{name}': set the environment variable ConnectionStrings__{name}.");
        return builder.AddResource(new ConnectionStringResource(name, ReferenceExpression.Create($"{value}")));
    }
}

/// <summary>Adds connection strings made of other values.</summary>
public static class ConnectionStringBuilderExtensions
{
    /// <summary>Adds a connection string, whose parts may be known only at the start.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));
}
