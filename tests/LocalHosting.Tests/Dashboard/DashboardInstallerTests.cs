using System.Formats.Tar;
using System.IO.Compression;
using Aspire.Hosting;
using Aspire.Hosting.Local.Dashboard;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Dashboard;

/// <summary>With an npm and an aspire that are shell scripts; the real ones are the browser test's matter.</summary>
public sealed class DashboardInstallerTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _said = [];

    private string Target => _folder.File("data/dashboard");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_npm_fetches_and_the_cli_unpacks_is_kept_without_the_rest()
    {
        GivenNpm("13.5.4");
        await InstallAsync();
        Assert.Equal(["aspire-managed", "version"], Directory.EnumerateFiles(Target).Select(Path.GetFileName).Order());
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.File("data")));
        Assert.Contains("13.5.4", _said[^1], StringComparison.Ordinal);
        Assert.Equal(Path.Combine(Target, "aspire-managed"), DashboardProgram.Find(Target, "", _folder.Path));
    }

    [Fact]
    public async Task A_second_time_nothing_is_fetched()
    {
        GivenNpm("13.5.4");
        await InstallAsync();
        File.Delete(_folder.File("bin/npm"));
        await InstallAsync();
        Assert.Contains("already", _said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dashboard_of_another_version_is_replaced()
    {
        GivenNpm("13.5.4");
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "aspire-managed"), "");
        File.WriteAllText(Path.Combine(Target, "version"), "13.4.9");
        await InstallAsync();
        Assert.Equal("13.5.4", File.ReadAllText(Path.Combine(Target, "version")));
    }

    [Fact]
    public async Task Without_npm_the_way_to_have_it_is_told()
    {
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(InstallAsync);
        Assert.StartsWith("npm is missing", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_network_npms_own_words_are_told_and_nothing_is_left()
    {
        Script("bin/npm", "echo 'npm error network request failed' >&2; exit 1");
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(InstallAsync);
        Assert.Contains("npm error network request failed", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.File("data")));
    }

    [Fact]
    public async Task A_cli_that_does_not_unpack_leaves_the_old_dashboard_where_it_is()
    {
        GivenNpm("13.5.4", "echo 'no space left'; exit 5");
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "aspire-managed"), "old");
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(InstallAsync);
        Assert.Contains("no space left", exception.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Path.Combine(Target, "aspire-managed")));
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.File("data")));
    }

    [Fact]
    public void The_dashboard_of_an_aspire_on_the_path_is_found_through_links()
    {
        Script("cli/bin/aspire", "");
        Script("cli/bundle/managed/aspire-managed", "");
        Directory.CreateDirectory(_folder.File("bin"));
        File.CreateSymbolicLink(_folder.File("bin/aspire"), _folder.File("cli/bin/aspire"));
        Assert.Equal(_folder.File("cli/bundle/managed/aspire-managed"), DashboardProgram.Find(Target, _folder.File("bin"), _folder.Path));
    }

    [Fact]
    public void Where_the_cli_unpacks_by_itself_its_dashboard_is_found()
    {
        Script("bin/aspire", "");
        Assert.Null(DashboardProgram.Find(Target, _folder.File("bin"), _folder.File("home")));
        Script("home/.aspire/bundle/managed/aspire-managed", "");
        Assert.Equal(_folder.File("home/.aspire/bundle/managed/aspire-managed"), DashboardProgram.Find(Target, _folder.File("bin"), _folder.File("home")));
    }

    public void Dispose() => _folder.Dispose();

    private Task InstallAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs are shell scripts");
        return new DashboardInstaller(Target, _folder.File("bin"), _said.Add).InstallAsync(Token);
    }

    /// <summary>An npm that packs an aspire which unpacks an aspire-managed as the real one does, behind a link.</summary>
    private void GivenNpm(string version, string? setup = null)
    {
        Script("package/bin/aspire", setup ?? """
            [ "$1" = setup ] && [ "$2" = --install-path ] || exit 9
            mkdir -p "$3/versions/1/managed" "$3/versions/1/dcp" "$HOME/.aspire"
            touch "$3/versions/1/managed/aspire-managed"
            ln -s "$3/versions/1" "$3/bundle"
            """);
        File.WriteAllText(_folder.File("package/package.json"), $$"""{"version":"{{version}}"}""");
        using (var file = File.Create(_folder.File("package.tgz")))
        using (var zip = new GZipStream(file, CompressionLevel.Fastest))
        {
            TarFile.CreateFromDirectory(_folder.File("package"), zip, includeBaseDirectory: true);
        }

        Script("bin/npm", $"""[ "$1" = pack ] && [ "$3" = --pack-destination ] && cp {_folder.File("package.tgz")} "$4/package.tgz" """);
    }

    private void Script(string name, string text)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
