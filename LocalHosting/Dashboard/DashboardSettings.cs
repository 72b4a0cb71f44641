using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>What the configuration says about the dashboard.</summary>
/// <param name="Folder">Where the installer puts it; null means that there is to be none. <c>LocalHosting:DashboardFolder</c>.</param>
/// <param name="Install">Whether it is to be put there, and nothing else to be done. <c>LocalHosting:InstallDashboard</c>.</param>
internal sealed record DashboardSettings(string? Folder, bool Install)
{
    internal static DashboardSettings Read(IConfiguration configuration)
    {
        var folder = configuration["LocalHosting:DashboardFolder"];
        return new DashboardSettings(
            string.IsNullOrEmpty(folder) ? null : Path.GetFullPath(folder),
            bool.TryParse(configuration["LocalHosting:InstallDashboard"], out var install) && install);
    }
}
