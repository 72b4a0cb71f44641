using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>
/// Puts the Aspire dashboard into a folder: takes the package of the Aspire CLI with npm (the user's own configuration says from where), lets the CLI unpack what it
/// carries, and keeps the dashboard alone, 150 MB. The folder appears whole, by a rename, or not at all.
/// </summary>
/// <param name="folder">Where the dashboard goes.</param>
/// <param name="path">The PATH on which npm is looked for.</param>
/// <param name="say">Told each step.</param>
internal sealed class DashboardInstaller(string folder, string? path, Action<string> say)
{
    /// <summary>The versions that LocalHosting speaks the protocol of.</summary>
    internal const string Version = "13.5";

    private const string VersionFile = "version";

    /// <summary>130 MB over a slow line.</summary>
    private static readonly TimeSpan FetchLimit = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan UnpackLimit = TimeSpan.FromMinutes(5);

    /// <exception cref="DistributedApplicationException">npm is missing, cannot fetch the package, or the package is not what it was.</exception>
    internal async Task InstallAsync(CancellationToken cancellationToken)
    {
        if (InstalledVersion() is { } installed)
        {
            say($"The Aspire dashboard {installed} is in {folder} already.");
            return;
        }

        var npm = DashboardProgram.OnPath("npm", path)
            ?? throw new DistributedApplicationException("npm is missing: the Aspire CLI, which carries the dashboard, comes as an npm package. Install Node.js, or put an unpacked Aspire CLI on the PATH.");
        var parent = Path.GetDirectoryName(folder)!;
        Directory.CreateDirectory(parent);
        var work = Path.Combine(parent, $".{Path.GetFileName(folder)}-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(work);
        try
        {
            say($"Fetching {DashboardProgram.Package} {Version} with npm: about 130 MB.");
            var (cli, version) = await FetchAsync(npm, work, cancellationToken);
            say($"Unpacking the dashboard of the Aspire CLI {version}.");
            var managed = await UnpackAsync(cli, work, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(managed, VersionFile), version, cancellationToken);
            Replace(managed, work);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DistributedApplicationException($"The dashboard cannot be put into {folder}: {exception.Message}", exception);
        }
        finally
        {
            Delete(work);
        }

        say($"The Aspire dashboard {InstalledVersion()} is in {folder}. It starts with the stack.");
    }

    private string? InstalledVersion()
    {
        var file = Path.Combine(folder, VersionFile);
        if (!File.Exists(file) || !File.Exists(Path.Combine(folder, DashboardProgram.FileName))) return null;
        var version = File.ReadAllText(file);
        return version.StartsWith(Version + ".", StringComparison.Ordinal) ? version : null;
    }

    private static async Task<(string Cli, string Version)> FetchAsync(string npm, string work, CancellationToken cancellationToken)
    {
        var result = await Tool.RunAsync(npm, ["pack", $"{DashboardProgram.Package}@~{Version}.0", "--pack-destination", work], work, [], FetchLimit, cancellationToken);
        var archive = Directory.EnumerateFiles(work, "*.tgz").SingleOrDefault();
        if (result.ExitCode != 0 || archive is null)
            throw new DistributedApplicationException($"npm could not fetch {DashboardProgram.Package} {Version}: is the registry of your npm configuration reachable? npm said: {result.Words}");

        var name = OperatingSystem.IsWindows() ? "aspire.exe" : "aspire";
        var cli = Path.Combine(work, name);
        string? version = null;
        await using var stream = File.OpenRead(archive);
        await using var unzipped = new GZipStream(stream, CompressionMode.Decompress);
        await using var tar = new TarReader(unzipped);
        while (await tar.GetNextEntryAsync(cancellationToken: cancellationToken) is { } entry)
        {
            if (entry.Name == "package/bin/" + name) await entry.ExtractToFileAsync(cli, overwrite: true, cancellationToken);
            else if (entry is { Name: "package/package.json", DataStream: { } json }) version = (await JsonDocument.ParseAsync(json, cancellationToken: cancellationToken)).RootElement.GetProperty("version").GetString();
        }

        if (version is null || !File.Exists(cli)) throw new DistributedApplicationException($"{DashboardProgram.Package} has no bin/{name}: this version of the package is made in another way.");
        File.Delete(archive);
        return (cli, version);
    }

    /// <summary>
    /// At its start the CLI unpacks by itself into .aspire of the home folder, where it keeps its caches too, so it is given a home of its own. It must be told to unpack to
    /// the same place: both at once into two disturb each other (13.5.4: "layout validation failed" in 5 of 9 runs; in none of 7 with one place).
    /// </summary>
    private static async Task<string> UnpackAsync(string cli, string work, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(cli, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var home = Directory.CreateDirectory(Path.Combine(work, "home")).FullName;
        var target = Path.Combine(home, ".aspire");
        var result = await Tool.RunAsync(
            cli,
            ["setup", "--install-path", target, "--non-interactive"],
            work,
            [("HOME", home), ("USERPROFILE", home), ("ASPIRE_CLI_TELEMETRY_OPTOUT", "true"), ("ASPIRE_VERSION_CHECK_DISABLED", "true")],
            UnpackLimit,
            cancellationToken);
        var managed = Path.Combine(target, "bundle", "managed");
        if (result.ExitCode != 0 || !File.Exists(Path.Combine(managed, DashboardProgram.FileName)))
            throw new DistributedApplicationException($"The Aspire CLI did not unpack its dashboard. It said: {result.Words}");

        // bundle is a link into a folder of versions: what is moved must be what it leads to.
        var bundle = Path.Combine(target, "bundle");
        return Path.Combine(new DirectoryInfo(bundle).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? bundle, "managed");
    }

    private void Replace(string managed, string work)
    {
        if (Directory.Exists(folder)) Directory.Move(folder, Path.Combine(work, "old"));
        Directory.Move(managed, folder);
    }

    private static void Delete(string work)
    {
        try
        {
            Directory.Delete(work, recursive: true);
        }
        catch (IOException)
        {
            // A virus scanner holds a file: what is left is hidden and harmless.
        }
    }
}
