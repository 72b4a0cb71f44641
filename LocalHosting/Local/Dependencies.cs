using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>Who needs whom.</summary>
internal static class Dependencies
{
    /// <summary>The processes that must be ready before this one starts; a wait for a connection string is one for the processes that it is made of.</summary>
    internal static IReadOnlyList<string> ToWaitFor(IResource resource) =>
        [.. resource.Annotations.OfType<WaitFor>().SelectMany(wait => Processes(wait.Dependency)).Select(process => process.Name).Distinct()];

    /// <summary>The processes that this one uses: those that it waits for, and those that it was told of.</summary>
    internal static IReadOnlyList<string> Of(IResource resource) =>
        [.. resource.Annotations.SelectMany(Uses).Select(process => process.Name).Where(name => name != resource.Name).Distinct()];

    /// <summary>Refuses circles of waiting: they would wait for ever.</summary>
    /// <exception cref="DistributedApplicationException">There is one.</exception>
    internal static void Check(IReadOnlyList<IResource> resources)
    {
        var waits = resources.ToDictionary(resource => resource.Name, ToWaitFor);
        var done = new HashSet<string>();
        foreach (var resource in resources) Visit(resource.Name, []);

        void Visit(string name, List<string> path)
        {
            if (done.Contains(name)) return;
            if (path.Contains(name)) throw new DistributedApplicationException("These resources wait for each other: " + string.Join(" → ", path.Append(name)));
            path.Add(name);
            foreach (var next in waits[name]) Visit(next, path);
            path.RemoveAt(path.Count - 1);
            done.Add(name);
        }
    }

    private static IEnumerable<IResource> Uses(IResourceAnnotation annotation) => annotation switch
    {
        WaitFor wait => Processes(wait.Dependency),
        EndpointsReference reference => Processes(reference.Source),
        ConnectionReference reference => Processes(reference.Source),
        EnvironmentVariable { Value: { } value } => Processes(value),
        _ => [],
    };

    private static IEnumerable<IResource> Processes(object value) => value switch
    {
        ProjectResource project => [project],
        IValueWithReferences composite => composite.References.SelectMany(Processes),
        _ => [],
    };
}
