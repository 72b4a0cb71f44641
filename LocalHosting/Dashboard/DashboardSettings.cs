using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Local.Dashboard;

/// <summary>What the configuration says about the dashboard.</summary>
/// <param name="Folder">Where the installer puts it; null means that there is to be none. <c>LocalHosting:DashboardFolder</c>.</param>
/// <param name="Install">Whether it is to be put there, and nothing else to be done. <c>LocalHosting:InstallDashboard</c>.</param>
internal sealed record DashboardSettings(string? Folder, bool Install)
{
    internal const string HowToInstall = "No dashboard: --install-dashboard adds the Aspire dashboard (dotnet run --project AppHost -- --install-dashboard), --no-dashboard silences this line.";

    internal static DashboardSettings Read(IConfiguration configuration)
    {
        var folder = configuration["LocalHosting:DashboardFolder"];
        return new DashboardSettings(
            string.IsNullOrEmpty(folder) ? null : Path.GetFullPath(folder),
            bool.TryParse(configuration["LocalHosting:InstallDashboard"], out var install) && install);
    }

    /// <summary>The dashboard, where there is to be one and its program is there.</summary>
    /// <param name="path">The PATH, on which an Aspire CLI may be.</param>
    internal DashboardResource? Find(string? path) =>
        Folder is not null && DashboardProgram.Find(Folder, path, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) is { } program ? new DashboardResource(program) : null;
}
