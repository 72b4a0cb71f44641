using System.CommandLine;
using Slipway.Assets;
using Slipway.Assets.Slo;

namespace Slipway.Cli.Observability;

/// <summary><c>slipway observability</c>.</summary>
internal static class ObservabilityCommand
{
    internal const string Dashboard = "grafana-dashboard.json";
    internal const string Rules = "prometheus-rules.yaml";

    public static Command Build()
    {
        var slo = new Option<string>("--slo") { Description = "The objectives.", DefaultValueFactory = _ => Path.Combine("ai", "slo.json") };
        var folder = new Option<string>("--out") { Description = "The folder that is written to.", DefaultValueFactory = _ => Path.Combine("deploy", "observability") };
        var command = new Command("observability", "Makes a Grafana dashboard and Prometheus alert rules from slo.json. Exit codes: 0 made, 2 not made.") { slo, folder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var settings = SloFile.Read(parsed.GetRequiredValue(slo));
                var to = Directory.CreateDirectory(parsed.GetRequiredValue(folder)).FullName;
                foreach (var (name, content) in ((string, string)[])[(Dashboard, GrafanaDashboard.Write(settings)), (Rules, PrometheusRules.Write(settings))])
                {
                    await File.WriteAllTextAsync(Path.Combine(to, name), content, cancellationToken);
                    await parsed.InvocationConfiguration.Error.WriteLineAsync(Path.Combine(to, name));
                }

                return ExitCodes.Passed;
            }
            catch (Exception exception) when (exception is AssetFileException or IOException or UnauthorizedAccessException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Unable;
            }
        });
        return command;
    }
}
