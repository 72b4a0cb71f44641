using System.Globalization;
using Aspire.Hosting.Local;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Which part of an endpoint is meant.</summary>
public enum EndpointProperty
{
    /// <summary><c>http://localhost:5000</c></summary>
    Url = 0,

    /// <summary><c>localhost</c></summary>
    Host = 1,

    /// <summary><c>127.0.0.1</c></summary>
    IPV4Host = 2,

    /// <summary>The port that others connect to.</summary>
    Port = 3,

    /// <summary><c>http</c></summary>
    Scheme = 4,

    /// <summary>The port that the process listens on. There is no proxy here, so it is the same.</summary>
    TargetPort = 5,

    /// <summary><c>localhost:5000</c></summary>
    HostAndPort = 6,

    /// <summary>Always <c>False</c>.</summary>
    TlsEnabled = 7,
}

/// <summary>An endpoint of a resource; its value is its URL.</summary>
public sealed class EndpointReference : IExpressionValue, IValueWithReferences
{
    /// <param name="owner">Whose endpoint.</param>
    /// <param name="endpointName">Its name.</param>
    public EndpointReference(IResourceWithEndpoints owner, string endpointName)
    {
        Resource = owner;
        EndpointName = endpointName;
    }

    /// <summary>Whose endpoint it is.</summary>
    public IResourceWithEndpoints Resource { get; }

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; }

    string IManifestExpressionProvider.ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    IEnumerable<object> IValueWithReferences.References => [Resource];

    internal LocalEndpoint Endpoint => Resource.Annotations.OfType<LocalEndpoint>().FirstOrDefault(endpoint => endpoint.Name == EndpointName)
        ?? throw new DistributedApplicationException($"The resource '{Resource.Name}' has no endpoint '{EndpointName}'.");

    /// <summary>One part of the endpoint.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => Property(EndpointProperty.Url).GetValueAsync(cancellationToken);
}

/// <summary>One part of an endpoint.</summary>
public class EndpointReferenceExpression : IExpressionValue, IValueWithReferences
{
    /// <param name="endpointReference">The endpoint.</param>
    /// <param name="property">Which part.</param>
    public EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    {
        Endpoint = endpointReference;
        Property = property;
    }

    /// <summary>The endpoint.</summary>
    public EndpointReference Endpoint { get; }

    /// <summary>Which part.</summary>
    public EndpointProperty Property { get; }

    /// <inheritdoc />
    public string ValueExpression => $"{{{Endpoint.Resource.Name}.bindings.{Endpoint.EndpointName}.{Property.ToString().ToLowerInvariant()}}}";

    IEnumerable<object> IValueWithReferences.References => [Endpoint];

    /// <inheritdoc />
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var endpoint = Endpoint.Endpoint;
        var port = endpoint.AllocatedPort.ToString(CultureInfo.InvariantCulture);
        return new ValueTask<string?>(Property switch
        {
            EndpointProperty.Url => endpoint.Url,
            EndpointProperty.Host => "localhost",
            EndpointProperty.IPV4Host => "127.0.0.1",
            EndpointProperty.Port or EndpointProperty.TargetPort => port,
            EndpointProperty.Scheme => endpoint.Scheme,
            EndpointProperty.HostAndPort => "localhost:" + port,
            EndpointProperty.TlsEnabled => bool.FalseString,
            _ => throw new InvalidOperationException($"An endpoint has no property {Property}."),
        });
    }
}
