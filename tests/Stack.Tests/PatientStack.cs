using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Stack.Tests;

/// <summary>
/// A stack whose budgets are far longer than a busy machine needs: a question that fails on it failed for a reason other than being late. How fast it is under the real budgets is the
/// benchmark's matter.
/// </summary>
public sealed class PatientStack : IAsyncDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _assets = new();
    private AppHostProcess? _stack;

    /// <summary>The stack's data folder.</summary>
    public string Data => _data.Path;

    /// <summary>The stack's <c>slo.json</c>.</summary>
    public string Budgets => Path.Combine(_assets.Path, "slo.json");

    public async Task<AppHostProcess> GetAsync() => _stack ??= await AppHostProcess.StartAsync(_data.Path, Patience(), TestContext.Current.CancellationToken);

    /// <summary>With settings of its own, and patient with every service that a request asks.</summary>
    public async Task<AppHostProcess> GetWithAsync(params (string, string)[] settings) =>
        _stack ??= await AppHostProcess.StartAsync(_data.Path, [.. Patience("cache", "prompt", "model"), .. settings], TestContext.Current.CancellationToken);

    /// <summary>With the model simulator, at the price of a provider.</summary>
    public async Task<AppHostProcess> GetWithModelSimAsync() => _stack ??= await AppHostProcess.StartAsync(
        _data.Path, [.. Patience(), ("Slipway__Model__InputCostPerToken", "0.00000125"), ("Slipway__Model__OutputCostPerToken", "0.00001")], TestContext.Current.CancellationToken, "--model-sim");

    /// <summary>With the dashboard, which must be installed in the data folder, and the model simulator, so that a trace goes on to a provider.</summary>
    public async Task<AppHostProcess> GetWithDashboardAsync() => _stack ??= await AppHostProcess.StartWithDashboardAsync(_data.Path, Patience(), TestContext.Current.CancellationToken, "--model-sim");

    public async ValueTask DisposeAsync()
    {
        if (_stack is not null) await _stack.DisposeAsync();
        _data.Dispose();
        _assets.Dispose();
    }

    private (string, string)[] Patience(params string[] stages) =>
    [
        ("Slipway__AssetsPath", CopyAssets(stages)), ("Slipway__Retrieval__Vectors__TimeoutMs", "2000"), ("Slipway__Retrieval__Vectors__PatienceMs", "60000"),
    ];

    private string CopyAssets(string[] stages)
    {
        var source = Path.Combine(Repository.Root, "ai");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_assets.Path, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var budgets = JsonNode.Parse(File.ReadAllText(Budgets))!;
        var route = budgets["routes"]!["default"]!;
        route["endToEndMs"] = 60_000;
        route["withoutModelMs"] = 40_000;
        route["stages"]!["retrieval"] = 20_000;
        foreach (var stage in stages) route["stages"]![stage] = 8_000;
        File.WriteAllText(Budgets, budgets.ToJsonString(JsonSerializerOptions.Default));
        return _assets.Path;
    }
}
