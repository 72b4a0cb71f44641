namespace Slipway.Testing;

/// <summary>Where things are in the checkout that the tests run from.</summary>
public static class Repository
{
    /// <summary>The folder of Aspire.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The real data that lies beside the project (see the README of that folder), or null where it is absent.</summary>
    public static string? SharedData(string folder)
    {
        var path = Path.GetFullPath(Path.Combine(Root, "..", "shared", "data", folder));
        return Directory.Exists(path) ? path : null;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run from a checkout: no Aspire.sln above " + AppContext.BaseDirectory);
    }
}
