using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Slipway.AppHost.Options;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class AppHostOptionsTests
{
    private static AppHostOptions Read(string[] args, params (string Key, string Value)[] configuration) => AppHostOptions.Read(
        CommandLine.Parse(args),
        new ConfigurationBuilder().AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build());

    [Fact]
    public void The_defaults_need_nothing()
    {
        var options = Read([]);
        Assert.Equal((8080, 8081, false, false), (options.EdgePort, options.ConsolePort, options.Containers, options.ModelSim));
        Assert.Equal(Path.GetFullPath(".slipway"), options.DataPath);
    }

    [Fact]
    public void The_command_line_outweighs_the_configuration()
    {
        var options = Read(["--edge-port", "9000", "--data=/tmp/x", "--model-sim"], ("Slipway:EdgePort", "1"), ("Slipway:ConsolePort", "9001"));
        Assert.Equal((9000, 9001, true), (options.EdgePort, options.ConsolePort, options.ModelSim));
        Assert.Equal("/tmp/x", options.DataPath);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_with_option_and_limit()
    {
        var exception = Assert.Throws<OptionException>(() => Read(["--edge-port", "70000", "--console-port", "x", "--data="]));
        Assert.Contains("--edge-port (Slipway:EdgePort) is '70000': a port from 1 to 65535", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--console-port (Slipway:ConsolePort) is 'x'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--data", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dashboard_is_installed_and_left_out_by_a_switch()
    {
        Assert.Equal((false, false), (Read([]).InstallDashboard, Read([]).NoDashboard));
        Assert.True(Read(["--install-dashboard"]).InstallDashboard);
        Assert.True(Read(["--no-dashboard"]).NoDashboard);
        Assert.True(Read([], ("Slipway:NoDashboard", "true")).NoDashboard);
    }

    [Fact]
    public void Whoever_only_installs_needs_no_free_port()
    {
        using var folder = new TempFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        DataFolder.Open(Free() with { DataPath = folder.Path, EdgePort = ((IPEndPoint)listener.LocalEndpoint).Port, InstallDashboard = true }).Dispose();
    }

    [Fact]
    public void One_port_for_both_is_refused() => Assert.Throws<OptionException>(() => Read(["--edge-port", "9000", "--console-port", "9000"]));

    [Theory]
    [InlineData("--edge-prot")]
    [InlineData("start")]
    public void An_unknown_option_is_told_with_those_that_there_are(string word)
    {
        var exception = Assert.Throws<OptionException>(() => CommandLine.Parse([word]));
        Assert.Contains(word, exception.Message, StringComparison.Ordinal);
        Assert.Contains("--edge-port, --console-port, --data, --containers, --model-sim, --install-dashboard, --no-dashboard, --help", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--edge-port")]
    [InlineData("--data", "--containers")]
    [InlineData("--containers", "--containers")]
    public void A_missing_value_and_a_repetition_are_refused(params string[] args) => Assert.Throws<OptionException>(() => CommandLine.Parse(args));

    [Fact]
    public void The_orchestrators_own_options_are_handed_on()
    {
        var commandLine = CommandLine.Parse(["--operation", "publish", "--containers", "--step=publish", "--Slipway:Model:Name", "gpt"]);
        Assert.Equal(["--operation", "publish", "--step=publish", "--Slipway:Model:Name", "gpt"], commandLine.ForOrchestrator);
        Assert.Equal(["--containers"], commandLine.Own.Keys);
    }

    [Fact]
    public void A_data_folder_belongs_to_one_and_to_its_user_alone()
    {
        using var folder = new TempFolder();
        var options = Free() with { DataPath = folder.File("data") };
        using (DataFolder.Open(options))
        {
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(options.DataPath));
            var exception = Assert.Throws<OptionException>(() => DataFolder.Open(options));
            Assert.Contains(options.DataPath, exception.Message, StringComparison.Ordinal);
            Assert.Contains("--data", exception.Message, StringComparison.Ordinal);
        }

        DataFolder.Open(options).Dispose();
    }

    [Fact]
    public void A_data_folder_that_cannot_be_made_is_told()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("file"), "");
        var exception = Assert.Throws<OptionException>(() => DataFolder.Open(Free() with { DataPath = folder.File("file") }));
        Assert.Contains("--data", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_taken_port_is_told_with_the_option_that_chooses_another()
    {
        using var folder = new TempFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var edge = Assert.Throws<OptionException>(() => DataFolder.Open(Free() with { DataPath = folder.Path, EdgePort = port }));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Port {port} is taken"), edge.Message, StringComparison.Ordinal);
        Assert.Contains("--edge-port", edge.Message, StringComparison.Ordinal);
        var console = Assert.Throws<OptionException>(() => DataFolder.Open(Free() with { DataPath = folder.Path, ConsolePort = port }));
        Assert.Contains("--console-port", console.Message, StringComparison.Ordinal);
    }

    /// <summary>Two ports that were free a moment ago.</summary>
    private static AppHostOptions Free()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return new AppHostOptions { EdgePort = ((IPEndPoint)first.LocalEndpoint).Port, ConsolePort = ((IPEndPoint)second.LocalEndpoint).Port };
    }
}
