using System.Reflection;

namespace Slipway.LocalHosting.Tests.Processes;

/// <summary>Where the programs that these tests start were built; build/LocalHosting.targets wrote it into this assembly.</summary>
internal static class Programs
{
    internal static string TestHost => Find("LocalHosting.TestHost.csproj");

    internal static string TestApp => Path.Combine(Path.GetDirectoryName(TestHost)!.Replace("LocalHosting.TestHost", "LocalHosting.TestApp", StringComparison.Ordinal), "Slipway.LocalHosting.TestApp.dll");

    internal static string EmbeddedRedis => Find("EmbeddedRedis.csproj");

    private static string Find(string project) => typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(metadata => metadata.Key == "LocalHosting.Project")
        .Select(metadata => metadata.Value!.Split('|'))
        .Single(parts => Path.GetFileName(parts[0]) == project)[1];
}
