using System.Text.Json.Nodes;
using Slipway.ModelSim.Log;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>A simulator, and a broker whose alias <c>answer</c> has models of it, in this order. The name of a model says what goes wrong with it; <c>sim</c> is well.</summary>
internal sealed class SimRoute : IAsyncDisposable
{
    private readonly TempFolder _assets = new();

    /// <param name="models">The names, each with further fields of its entry as JSON where it has any: <c>sim:cut=3 {"assistantPrefill":true}</c>.</param>
    public SimRoute(params IReadOnlyList<string> models)
        : this(null, "{}", models)
    {
    }

    /// <param name="time">The broker's clock; null: the real one.</param>
    /// <param name="tenantLimits">The catalog's <c>tenantLimits</c>.</param>
    /// <param name="models">The models.</param>
    /// <param name="settings">Settings of the broker.</param>
    public SimRoute(TimeProvider? time, string tenantLimits, IReadOnlyList<string> models, params IEnumerable<(string Key, string Value)> settings)
    {
        Sim = new SimHost();
        var (entries, names) = (new JsonObject(), new JsonArray());
        foreach (var model in models)
        {
            var parts = model.Split(' ', 2);
            var entry = JsonNode.Parse(parts.Length > 1 ? parts[1] : "{}")!.AsObject();
            (entry["provider"], entry["maxOutputTokens"], entry["inputCostPerToken"], entry["outputCostPerToken"]) = ("p", 1024, 2e-6, 8e-6);
            entry["contextWindow"] ??= 8192;
            entries[parts[0]] = entry;
            names.Add(parts[0]);
        }

        entries["sim-embedding"] = new JsonObject { ["provider"] = "p", ["mode"] = "embedding", ["contextWindow"] = 8192 };
        var catalog = new JsonObject
        {
            ["providers"] = new JsonObject { ["p"] = new JsonObject { ["type"] = "openai", ["baseUrl"] = Sim.BaseUrl, ["timeoutSeconds"] = 20 } },
            ["models"] = entries,
            ["aliases"] = new JsonObject { ["answer"] = names, ["small"] = names.DeepClone() },
            ["tenantLimits"] = JsonNode.Parse(tenantLimits),
        };
        File.WriteAllText(Path.Combine(_assets.Path, "models.json"), catalog.ToJsonString());
        Broker = new BrokerHost(time, [("Slipway:AssetsPath", _assets.Path), .. settings]);
    }

    public SimHost Sim { get; }

    public BrokerHost Broker { get; }

    /// <summary>What the provider was asked.</summary>
    public IReadOnlyList<LogEntry> Seen => Sim.Log.Since(0);

    /// <summary>The models that were asked, in order, joined by commas.</summary>
    public string Asked => string.Join(", ", Seen.Select(entry => entry.Model));

    /// <summary>How long after the one before an attempt came.</summary>
    public TimeSpan Gap(int attempt) => Seen[attempt].At - Seen[attempt - 1].At;

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Sim.DisposeAsync();
        _assets.Dispose();
    }
}
