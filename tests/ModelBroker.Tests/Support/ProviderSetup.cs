using System.Text.Json;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>A simulator, and a broker that reaches it as a provider of one type: by the API of that provider.</summary>
internal sealed class ProviderSetup : IAsyncDisposable
{
    /// <summary>The failures that a model can be asked for by name.</summary>
    private static readonly string[] Faults = ["stall=3", "rate-limit-seconds=600", "cut=3", "no-finish", "error-event=3", "malformed=3", "no-done+stay-open"];

    private readonly TempFolder _assets = new();

    /// <param name="type">openai, azure, azure-deployments (Azure with deployments in its path), ollama or anthropic.</param>
    /// <param name="models">Further models, by the simulator's name for them.</param>
    public ProviderSetup(string type, params IEnumerable<string> models)
    {
        Type = type;
        Sim = new SimHost(null, ("Sim:ApiKey", "secret"));
        var provider = new Dictionary<string, object> { ["type"] = type.Split('-')[0], ["baseUrl"] = type == "openai" ? Sim.BaseUrl : Sim.Address.ToString(), ["apiKeyEnv"] = "SIM_KEY" };
        if (type == "azure-deployments") provider["apiVersion"] = "2024-10-21";
        // The catalog's window is larger than the simulator's 131,072: what is between them the provider has to refuse.
        var chats = Faults.Select(fault => "sim:" + fault).Append("sim").Append("sim-slow").Concat(models).Distinct()
            .ToDictionary(name => name, object (_) => new { provider = "p", mode = "chat", contextWindow = 200_000, maxOutputTokens = 4096 });
        if (HasEmbeddings) chats["sim-embedding"] = new { provider = "p", mode = "embedding", contextWindow = 8192 };
        File.WriteAllText(Path.Combine(_assets.Path, "models.json"), JsonSerializer.Serialize(new
        {
            providers = new Dictionary<string, object> { ["p"] = provider },
            models = chats,
            aliases = new { answer = new[] { "sim" }, small = new[] { "sim" } },
        }));
        foreach (var other in Directory.GetFiles(Path.Combine(Repository.Root, "ai"), "*.json").Where(path => Path.GetFileName(path) != "models.json"))
            File.Copy(other, Path.Combine(_assets.Path, Path.GetFileName(other)));
        Broker = new BrokerHost(("Slipway:AssetsPath", _assets.Path), ("SIM_KEY", "secret"));
    }

    public string Type { get; }

    public SimHost Sim { get; }

    public BrokerHost Broker { get; }

    /// <summary>Anthropic has none.</summary>
    public bool HasEmbeddings => Type != "anthropic";

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Sim.DisposeAsync();
        _assets.Dispose();
    }

    /// <summary>Whether a model fails so.</summary>
    public static string? Failing(string fault) => Faults.Contains(fault) ? "sim:" + fault : null;
}
