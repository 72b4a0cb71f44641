using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Local;

/// <summary>How a process is started.</summary>
/// <param name="File">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="WorkingDirectory">Where it runs.</param>
/// <param name="Environment">Its environment, all of it; asked for at each start.</param>
internal sealed record Launch(string File, IReadOnlyList<string> Arguments, string WorkingDirectory, Func<CancellationToken, Task<Dictionary<string, string>>> Environment)
{
    /// <summary>A project: its assembly's executable where there is one, else <c>dotnet exec</c>; in the project's folder.</summary>
    internal static Launch Of(ProjectResource project, ProjectOutputs outputs, ChildEnvironment environment)
    {
        var path = project.Annotations.OfType<ProjectFile>().Single().Path;
        var assembly = outputs.AssemblyOf(project.Name, path);
        var executable = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        var dotnet = System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
        var (file, arguments) = System.IO.File.Exists(executable) ? (executable, (string[])[]) : (dotnet, ["exec", assembly]);
        return new Launch(file, arguments, Path.GetDirectoryName(path)!, cancellationToken => environment.ForAsync(project, cancellationToken));
    }
}
