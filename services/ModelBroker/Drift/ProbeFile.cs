using System.Text.Json;
using Slipway.ModelBroker.Catalog;

namespace Slipway.ModelBroker.Drift;

/// <summary><c>ai/probes.json</c>: questions whose answers are known, asked from time to time. A stack without the file asks none.</summary>
internal sealed record ProbeFile
{
    /// <summary>How often, in minutes: 1 to 10,080, default 60.</summary>
    public int EveryMinutes { get; init; } = 60;

    /// <summary>The probes by name.</summary>
    public Dictionary<string, Probe?> Probes { get; init; } = [];

    /// <summary>Reads and checks.</summary>
    /// <exception cref="InvalidOperationException">Something is wrong; the message lists all of it.</exception>
    public static ProbeFile Read(string path, ModelCatalog catalog)
    {
        if (!File.Exists(path)) return new ProbeFile();
        var errors = new List<string>();
        var file = new ProbeFile();
        try
        {
            file = JsonSerializer.Deserialize<ProbeFile>(File.ReadAllBytes(path), CatalogFile.Json) ?? file;
        }
        catch (JsonException exception)
        {
            errors.Add($"line {exception.LineNumber + 1}, {exception.Path}: {exception.Message}");
        }

        if (file.EveryMinutes is < 1 or > 10_080) errors.Add($"everyMinutes is {file.EveryMinutes}: 1 to 10080 is wanted.");
        foreach (var (name, probe) in file.Probes)
        {
            var at = $"probes.{name}";
            if (probe is null) errors.Add($"{at} is null.");
            else errors.AddRange(probe.Check(at, catalog));
        }

        return errors.Count == 0 ? file : throw new InvalidOperationException($"{path} is not usable ({errors.Count} errors):{Environment.NewLine}{string.Join(Environment.NewLine, errors)}");
    }
}

/// <summary>A question whose answer is known.</summary>
internal sealed record Probe
{
    /// <summary>A chat model of the catalog, by its own name: an alias would not say which model drifted.</summary>
    public string Model { get; init; } = "";

    /// <summary>What is asked, with temperature 0 and seed 1.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What was answered when all was well.</summary>
    public string Expected { get; init; } = "";

    /// <summary>The least similarity of an answer that is well, by <see cref="Similarity"/>: above 0, to 1, default 0.8.</summary>
    public double LeastSimilarity { get; init; } = 0.8;

    /// <summary>The longest answer, in tokens: 1 to 4,096, default 256.</summary>
    public int MaxTokens { get; init; } = 256;

    internal IEnumerable<string> Check(string at, ModelCatalog catalog)
    {
        // A model that is not offered now, for want of a key, is not asked.
        if (Model.Length == 0) yield return $"{at}.model is missing.";
        else if (catalog.Aliases.ContainsKey(Model)) yield return $"{at}.model is '{Model}', an alias: a model's own name is wanted.";
        if (Prompt.Length == 0) yield return $"{at}.prompt is missing.";
        if (Expected.Length == 0) yield return $"{at}.expected is missing.";
        if (LeastSimilarity is not (> 0 and <= 1)) yield return $"{at}.leastSimilarity is {LeastSimilarity}: above 0, to 1, is wanted.";
        if (MaxTokens is < 1 or > 4096) yield return $"{at}.maxTokens is {MaxTokens}: 1 to 4096 is wanted.";
    }
}
