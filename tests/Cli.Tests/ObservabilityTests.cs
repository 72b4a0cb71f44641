using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Cli.Tests;

/// <summary><c>slipway observability</c>, and what it made for the repository.</summary>
public sealed class ObservabilityTests : IDisposable
{
    private static readonly string Shipped = Path.Combine(Repository.Root, "deploy", "observability");

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("grafana-dashboard.json")]
    [InlineData("prometheus-rules.yaml")]
    public async Task The_files_of_the_repository_are_what_the_command_makes_of_its_objectives(string name)
    {
        Assert.Equal(0, (await RunAsync("--slo", Path.Combine(Repository.Root, "ai", "slo.json"))).Code);
        var (made, shipped) = (await File.ReadAllTextAsync(_folder.File(name), Cancel), await File.ReadAllTextAsync(Path.Combine(Shipped, name), Cancel));
        Assert.True(made == shipped, $"deploy/observability/{name} is not what slo.json says: dotnet run --project tools/Cli -- observability");
    }

    [Fact]
    public async Task The_dashboard_shows_each_stage_with_its_budget_and_its_panels_do_not_overlap()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Shipped, "grafana-dashboard.json"), Cancel))!;
        var panels = dashboard["panels"]!.AsArray();
        var retrieval = panels.Single(panel => (string?)panel!["title"] == "retrieval: p95")!;
        Assert.Equal(0.4, (double)retrieval["fieldConfig"]!["defaults"]!["thresholds"]!["steps"]![1]!["value"]!);
        Assert.Contains("slipway_stage_duration_seconds_bucket{slipway_stage=\"retrieval\"", (string?)retrieval["targets"]![0]!["expr"], StringComparison.Ordinal);
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var cells = panels.SelectMany(panel =>
        {
            var at = panel!["gridPos"]!;
            Assert.InRange((int)at["x"]! + (int)at["w"]!, 1, 24);
            return from x in Enumerable.Range((int)at["x"]!, (int)at["w"]!) from y in Enumerable.Range((int)at["y"]!, (int)at["h"]!) select (x, y);
        }).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
    }

    [Fact]
    public async Task Promtool_takes_the_rules_and_the_alerts_fire_when_they_should()
    {
        if (await PromtoolAsync("--version") is null) Assert.Skip("promtool is not installed: Debian's package prometheus has it.");
        await File.WriteAllTextAsync(_folder.File("slo.json"), """
            {
              "routes": {
                "default": { "endToEndMs": 2500, "withoutModelMs": 800, "streamMs": 120000, "costPer1000Usd": 5, "failureRate": 0.01, "stages": { "gateway": 20, "flags": 5, "cache": 60, "retrieval": 400, "prompt": 150, "model": 1700, "post": 50, "record": 5 } },
                "chat.completions": { "endToEndMs": 9000, "withoutModelMs": 800, "streamMs": 120000, "stages": { "gateway": 20, "flags": 5, "cache": 60, "retrieval": 400, "prompt": 150, "model": 8000, "post": 50, "record": 5 } }
              }
            }
            """, Cancel);
        Assert.Equal(0, (await RunAsync("--slo", _folder.File("slo.json"))).Code);
        foreach (var rules in new[] { _folder.File("prometheus-rules.yaml"), Path.Combine(Shipped, "prometheus-rules.yaml") })
        {
            var (code, said) = (await PromtoolAsync("check", "rules", rules))!.Value;
            Assert.True(code == 0, said);
        }

        await File.WriteAllTextAsync(_folder.File("test.yaml"), """
            rule_files: [prometheus-rules.yaml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
                  - series: 'slipway_slo_burn_rate{slipway_route="answers", slipway_objective="failures", slipway_window="60m"}'
                    values: '20x60'
                  - series: 'slipway_slo_burn_rate{slipway_route="answers", slipway_objective="failures", slipway_window="5m"}'
                    values: '0x9 20x50'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="answers", le="2.5"}'
                    values: '0+10x90'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="answers", le="5"}'
                    values: '0+100x90'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="answers", le="+Inf"}'
                    values: '0+100x90'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="chat.completions", le="2.5"}'
                    values: '0+10x90'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="chat.completions", le="5"}'
                    values: '0+100x90'
                  - series: 'slipway_stage_duration_seconds_bucket{slipway_stage="model", slipway_route="chat.completions", le="+Inf"}'
                    values: '0+100x90'
                  - series: 'slipway_request_duration_seconds_count{slipway_route="documents", slipway_outcome="unavailable"}'
                    values: '0+20x90'
                  - series: 'slipway_request_duration_seconds_count{slipway_route="documents", slipway_outcome="ok"}'
                    values: '0+80x90'
                  - series: 'slipway_request_duration_seconds_count{slipway_route="answers", slipway_outcome="client"}'
                    values: '0+100x90'
                promql_expr_test:
                  - expr: count by (slipway_route) (ALERTS{alertname="SlipwayFails", alertstate="firing", slipway_window="1h"})
                    eval_time: 60m
                    exp_samples: [{ labels: '{slipway_route="documents"}', value: 1 }]
                  - expr: count(ALERTS{alertname="SlipwayBurnsFast", alertstate="firing"})
                    eval_time: 5m
                  - expr: count(ALERTS{alertname="SlipwayBurnsFast", alertstate="firing", slipway_objective="failures", severity="page"})
                    eval_time: 12m
                    exp_samples: [{ labels: '{}', value: 1 }]
                  - expr: count by (slipway_route) (ALERTS{alertname="SlipwayStageOverBudget", alertstate="firing"})
                    eval_time: 60m
                    exp_samples: [{ labels: '{slipway_route="answers"}', value: 1 }]
            """, Cancel);
        var (passed, words) = (await PromtoolAsync("test", "rules", _folder.File("test.yaml")))!.Value;
        Assert.True(passed == 0, words);
    }

    [Fact]
    public async Task A_wrong_file_of_objectives_is_exit_code_2_with_every_error()
    {
        await File.WriteAllTextAsync(_folder.File("bad.json"), """{ "routes": { "default": { "endToEndMs": 1 } } }""", Cancel);
        var (code, errors) = await RunAsync("--slo", _folder.File("bad.json"));
        Assert.Equal(2, code);
        Assert.Contains("routes.default.endToEndMs is 1", errors, StringComparison.Ordinal);
        Assert.Contains("routes.default.stages is missing", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("--slo", _folder.File("nowhere.json"))).Code);
    }

    private async Task<(int Code, string Errors)> RunAsync(params string[] more)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync(["observability", "--out", _folder.Path, .. more], output, errors);
        return (code, errors.ToString());
    }

    private async Task<(int Code, string Said)?> PromtoolAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("promtool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path })!;
            var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
            await process.WaitForExitAsync(Cancel);
            return (process.ExitCode, string.Concat(said));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
