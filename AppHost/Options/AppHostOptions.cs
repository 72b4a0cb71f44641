using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Slipway.AppHost.Options;

/// <summary>What can be chosen at the start: by command line, else by configuration (section <c>Slipway</c>).</summary>
internal sealed record AppHostOptions
{
    /// <summary>Where clients connect: 1 to 65535. <c>--edge-port</c>, <c>Slipway:EdgePort</c>.</summary>
    public int EdgePort { get; init; } = 8080;

    /// <summary>Where the console will be: 1 to 65535, and not the edge's. <c>--console-port</c>, <c>Slipway:ConsolePort</c>.</summary>
    public int ConsolePort { get; init; } = 8081;

    /// <summary>The data folder, relative to the current folder. <c>--data</c>, <c>Slipway:Data</c>.</summary>
    public string DataPath { get; init; } = Path.GetFullPath(".slipway");

    /// <summary>The folder of the AI assets, relative to the current folder; null is <c>ai</c> beside AppHost. <c>Slipway:AssetsPath</c>.</summary>
    public string? AssetsPath { get; init; }

    /// <summary>Whether the stores are containers. <c>--containers</c>, <c>Slipway:Containers</c>.</summary>
    public bool Containers { get; init; }

    /// <summary>Whether the model simulator answers. <c>--model-sim</c>, <c>Slipway:ModelSim</c>.</summary>
    public bool ModelSim { get; init; }

    /// <summary>Whether no Aspire dashboard is started, even where it is installed. <c>--no-dashboard</c>, <c>Slipway:NoDashboard</c>. Under Aspire without effect.</summary>
    public bool NoDashboard { get; init; }

    /// <summary>Whether the Aspire dashboard is to be put into the data folder, and nothing else to be done. <c>--install-dashboard</c>, <c>Slipway:InstallDashboard</c>. Under Aspire, which brings its own, without effect.</summary>
    public bool InstallDashboard { get; init; }

    /// <summary>Reads, or says all the mistakes and ends the process.</summary>
    internal static AppHostOptions ReadOrExit(CommandLine commandLine, IConfiguration configuration)
    {
        try
        {
            return Read(commandLine, configuration);
        }
        catch (OptionException exception)
        {
            throw CommandLine.Exit(exception);
        }
    }

    /// <exception cref="OptionException">A value is wrong; the message lists all that are.</exception>
    internal static AppHostOptions Read(CommandLine commandLine, IConfiguration configuration)
    {
        var errors = new List<string>();
        var defaults = new AppHostOptions();
        var options = new AppHostOptions
        {
            EdgePort = Port("--edge-port", "EdgePort", defaults.EdgePort),
            ConsolePort = Port("--console-port", "ConsolePort", defaults.ConsolePort),
            DataPath = Folder("--data", "Data", defaults.DataPath),
            AssetsPath = configuration["Slipway:AssetsPath"] is { Length: > 0 } assets ? Path.GetFullPath(assets) : null,
            Containers = Switch("--containers", "Containers"),
            ModelSim = Switch("--model-sim", "ModelSim"),
            NoDashboard = Switch("--no-dashboard", "NoDashboard"),
            InstallDashboard = Switch("--install-dashboard", "InstallDashboard"),
        };
        if (options.EdgePort == options.ConsolePort)
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"--edge-port and --console-port are both {options.EdgePort}: they must differ."));
        return errors.Count == 0 ? options : throw new OptionException(string.Join(" ", errors));

        string? Text(string option, string key) => commandLine.Own.TryGetValue(option, out var value) ? value : configuration["Slipway:" + key];

        int Port(string option, string key, int fallback)
        {
            if (Text(option, key) is not { } text) return fallback;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535) return port;
            errors.Add($"{option} (Slipway:{key}) is '{text}': a port from 1 to 65535 is wanted.");
            return fallback;
        }

        string Folder(string option, string key, string fallback)
        {
            if (Text(option, key) is not { } text) return fallback;
            if (!string.IsNullOrWhiteSpace(text) && !text.Contains('\0')) return Path.GetFullPath(text);
            errors.Add($"{option} (Slipway:{key}) is empty: a folder is wanted.");
            return fallback;
        }

        bool Switch(string option, string key)
        {
            if (Text(option, key) is not { } text) return false;
            if (bool.TryParse(text, out var value)) return value;
            errors.Add($"{option} (Slipway:{key}) is '{text}': true or false is wanted.");
            return false;
        }
    }
}
