using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Local;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project, which runs as a process.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="projectPath">The project file, relative to <see cref="IDistributedApplicationBuilder.AppHostDirectory"/>.</param>
    /// <param name="configure">Must set <see cref="ProjectResourceOptions.ExcludeLaunchProfile"/>: launch profiles are not read here.</param>
    public static IResourceBuilder<ProjectResource> AddProject(
        this IDistributedApplicationBuilder builder, string name, string projectPath, Action<ProjectResourceOptions> configure)
    {
        var options = new ProjectResourceOptions();
        configure(options);
        if (!options.ExcludeLaunchProfile)
            throw new DistributedApplicationException($"The project '{name}' does not exclude its launch profile: that needs -p:Orchestrator=Aspire.");

        var path = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, projectPath.Replace('\\', '/')));
        var resource = new ProjectResource(name);
        resource.Annotations.Add(new ProjectFile(path));
        return builder.AddResource(resource);
    }
}

/// <summary>How a project is added.</summary>
public class ProjectResourceOptions
{
    /// <summary>Whether the project's launchSettings.json is ignored. Default false.</summary>
    public bool ExcludeLaunchProfile { get; set; }
}
