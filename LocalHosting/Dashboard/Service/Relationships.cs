using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local.Dashboard.Protocol;

namespace Aspire.Hosting.Local.Dashboard.Service;

/// <summary>Which other resources a resource was told of, and which it waits for: the arrows of the dashboard's graph.</summary>
internal static class Relationships
{
    internal static IEnumerable<ResourceRelationship> Of(IResource resource) =>
        References(resource).Where(other => other != resource.Name).Select(other => new ResourceRelationship { ResourceName = other, Type = "Reference" })
            .Concat(resource.Annotations.OfType<WaitFor>().Select(wait => new ResourceRelationship { ResourceName = wait.Dependency.Name, Type = "WaitFor" }))
            .Distinct();

    private static IEnumerable<string> References(IResource resource)
    {
        var told = resource.Annotations.SelectMany(annotation => annotation switch
        {
            EndpointsReference reference => [reference.Source.Name],
            ConnectionReference reference => [reference.Source.Name],
            Local.EnvironmentVariable { Value: { } value } => Names(value),
            _ => Enumerable.Empty<string>(),
        });
        return resource is IValueWithReferences composite ? told.Concat(composite.References.SelectMany(Names)) : told;
    }

    private static IEnumerable<string> Names(object value) => value switch
    {
        IResource resource => [resource.Name],
        IValueWithReferences composite => composite.References.SelectMany(Names),
        _ => [],
    };
}
