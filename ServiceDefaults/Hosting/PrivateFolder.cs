namespace Slipway.ServiceDefaults.Hosting;

/// <summary>Folders that only their user may enter (mode 0700 on Unix; on Windows the profile's inherited rights).</summary>
public static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Creates the folder where it is missing, and takes everybody else's rights away.</summary>
    /// <returns>The full path.</returns>
    public static string Create(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(full);
            return full;
        }

        Directory.CreateDirectory(full, OwnerOnly);
        File.SetUnixFileMode(full, OwnerOnly);
        return full;
    }
}
