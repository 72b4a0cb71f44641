using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>An endpoint of a resource, and the port that it was given at the start.</summary>
internal sealed class LocalEndpoint(string name, string scheme) : IResourceAnnotation
{
    private int _allocatedPort;

    internal string Name => name;

    internal string Scheme => scheme;

    internal int? FixedPort { get; set; }

    internal string? PortVariable { get; set; }

    internal bool External { get; set; }

    internal int AllocatedPort
    {
        get => _allocatedPort != 0 ? _allocatedPort : throw new InvalidOperationException($"The endpoint '{name}' has no port yet: ports are chosen when the application starts.");
        set => _allocatedPort = value;
    }

    internal string Url => string.Create(CultureInfo.InvariantCulture, $"{scheme}://localhost:{AllocatedPort}");
}

/// <summary>The project file of a resource.</summary>
internal sealed record ProjectFile(string Path) : IResourceAnnotation;

/// <summary>An environment variable: a string, null, or an <see cref="IValueProvider"/>.</summary>
internal sealed record EnvironmentVariable(string Name, object? Value) : IResourceAnnotation;

/// <summary>Another resource's endpoints (all, or one) that this one is told.</summary>
internal sealed record EndpointsReference(IResourceWithEndpoints Source, string? EndpointName) : IResourceAnnotation;

/// <summary>A connection string that this resource is told.</summary>
internal sealed record ConnectionReference(IResourceWithConnectionString Source, string ConnectionName, bool Optional) : IResourceAnnotation;

/// <summary>A resource that must be ready first.</summary>
internal sealed record WaitFor(IResource Dependency) : IResourceAnnotation;

/// <summary>How to ask whether the resource is healthy.</summary>
/// <param name="Endpoint">The endpoint that answers.</param>
/// <param name="Path">The path.</param>
/// <param name="StatusCode">The status of one that is healthy.</param>
/// <param name="AtStartOnly">Nobody is told of it later: it is asked until it is healthy for the first time.</param>
internal sealed record HttpHealthCheck(EndpointReference Endpoint, string Path, int StatusCode, bool AtStartOnly = false) : IResourceAnnotation;
