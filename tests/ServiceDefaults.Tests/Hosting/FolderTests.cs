using Slipway.ServiceDefaults.Hosting;
using Slipway.ServiceDefaults.Tests.Support;
using Slipway.Testing;

namespace Slipway.ServiceDefaults.Tests.Hosting;

public sealed class FolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void A_private_folder_is_for_its_user_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }


        var path = PrivateFolder.Create(Path.Combine(_temp.Path, "data"));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.True(Path.IsPathFullyQualified(path));
    }

    [Fact]
    public void A_folder_that_others_could_enter_becomes_private()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        var path = Directory.CreateDirectory(Path.Combine(_temp.Path, "open"), OwnerOnly | UnixFileMode.OtherRead | UnixFileMode.OtherExecute).FullName;

        PrivateFolder.Create(path);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_service_owns_the_folder_that_it_is_told()
    {
        var builder = TestService.Builder(("Slipway:DataPath", Path.Combine(_temp.Path, "a", "b")));

        Assert.Equal(Path.Combine(_temp.Path, "a", "b"), builder.DataPath());
        Assert.True(Directory.Exists(builder.DataPath()));
    }

    [Fact]
    public void The_assets_must_be_named_and_be_there()
    {
        Assert.Equal(_temp.Path, TestService.Builder(("Slipway:AssetsPath", _temp.Path)).AssetsPath());
        Assert.Contains("is not set", Assert.Throws<InvalidOperationException>(() => TestService.Builder(("Slipway:AssetsPath", null)).AssetsPath()).Message, StringComparison.Ordinal);
        var missing = _temp.File("missing");
        Assert.Contains(missing, Assert.Throws<InvalidOperationException>(() => TestService.Builder(("Slipway:AssetsPath", missing)).AssetsPath()).Message, StringComparison.Ordinal);
    }
}
