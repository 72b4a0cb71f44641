using System.Runtime.InteropServices;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>The Aspire dashboard as a program of this machine: <c>aspire-managed</c>, which the Aspire CLI carries and unpacks.</summary>
internal static class DashboardProgram
{
    internal static readonly string FileName = OperatingSystem.IsWindows() ? "aspire-managed.exe" : "aspire-managed";

    /// <summary>
    /// The program: where the installer puts it; else below the <c>aspire</c> of the PATH, whose <c>setup</c> unpacks into the folder above its own; else where the
    /// CLI unpacks it by itself, the user's <c>.aspire</c>.
    /// </summary>
    /// <param name="folder">The installer's folder.</param>
    /// <param name="path">The PATH.</param>
    /// <param name="home">The user's folder.</param>
    /// <returns>Null where there is none.</returns>
    internal static string? Find(string folder, string? path, string home)
    {
        var installed = Path.Combine(folder, FileName);
        if (File.Exists(installed)) return installed;
        if (OnPath("aspire", path) is not { } cli) return null;
        var real = new FileInfo(cli).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? cli;
        var places = new[] { Path.GetDirectoryName(Path.GetDirectoryName(cli)), Path.GetDirectoryName(Path.GetDirectoryName(real)), Path.Combine(home, ".aspire") };
        return places.OfType<string>().Select(place => Path.Combine(place, "bundle", "managed", FileName)).FirstOrDefault(File.Exists);
    }

    /// <summary>The first program of that name on the PATH.</summary>
    internal static string? OnPath(string name, string? path)
    {
        string[] names = OperatingSystem.IsWindows() ? [name + ".exe", name + ".cmd"] : [name];
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => names.Select(file => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The package of the CLI for this machine. There is none for musl on Arm: that one is refused by the registry.</summary>
    internal static string Package
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";
            return $"@microsoft/aspire-cli-{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
        }
    }
}
