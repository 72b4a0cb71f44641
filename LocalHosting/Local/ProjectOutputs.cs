using System.Reflection;

namespace Aspire.Hosting.Local;

/// <summary>What build/LocalHosting.targets wrote into the assembly of the application model: where it is, and what its projects were built into.</summary>
internal sealed class ProjectOutputs
{
    private const string DirectoryKey = "LocalHosting.AppHostDirectory";
    private const string ProjectKey = "LocalHosting.Project";

    private readonly Dictionary<string, string> _outputs;

    internal ProjectOutputs(string applicationName, string? appHostDirectory, IEnumerable<KeyValuePair<string, string>> outputs)
    {
        ApplicationName = applicationName;
        AppHostDirectory = appHostDirectory;
        var paths = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        _outputs = new Dictionary<string, string>(paths);
        foreach (var (project, output) in outputs) _outputs[Path.GetFullPath(project)] = output;
    }

    /// <summary>Slipway, of Slipway.AppHost.</summary>
    internal string ApplicationName { get; }

    internal string? AppHostDirectory { get; }

    internal static ProjectOutputs Read(Assembly? appHost)
    {
        var metadata = appHost?.GetCustomAttributes<AssemblyMetadataAttribute>().ToList() ?? [];
        var projects = metadata.Where(entry => entry.Key == ProjectKey && entry.Value is not null)
            .Select(entry => entry.Value!.Split('|', 2))
            .Where(parts => parts.Length == 2)
            .Select(parts => KeyValuePair.Create(parts[0], parts[1]));
        var name = appHost?.GetName().Name ?? "Application";
        if (name.EndsWith(".AppHost", StringComparison.Ordinal)) name = name[..^".AppHost".Length];
        return new ProjectOutputs(name, metadata.FirstOrDefault(entry => entry.Key == DirectoryKey)?.Value, projects);
    }

    /// <summary>The assembly that the project was built into.</summary>
    /// <exception cref="DistributedApplicationException">It was not built together with the application model.</exception>
    internal string AssemblyOf(string resource, string projectFile)
    {
        if (!File.Exists(projectFile)) throw new DistributedApplicationException($"The project of '{resource}' does not exist: {projectFile}");
        if (!_outputs.TryGetValue(projectFile, out var output))
            throw new DistributedApplicationException($"The project of '{resource}' is not built with the application: {projectFile} needs a ProjectReference in the application model's project.");
        return File.Exists(output) ? output : throw new DistributedApplicationException($"The project of '{resource}' is not built: {output} is missing. Build the application model again.");
    }
}
