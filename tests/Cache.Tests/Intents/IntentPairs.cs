using System.Text.Json;
using Slipway.Testing;

namespace Slipway.Cache.Tests.Intents;

/// <summary>The hand-written pairs of <c>ai/datasets/intents</c>.</summary>
public sealed record IntentPair(string Kind, string Known, string Asked)
{
    public static IReadOnlyList<IntentPair> Dangerous { get; } = Read("dangerous.jsonl");

    public static IReadOnlyList<IntentPair> Harmless { get; } = Read("harmless.jsonl");

    private static List<IntentPair> Read(string name)
    {
        List<IntentPair> pairs = [];
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "ai", "datasets", "intents", name)))
        {
            using var json = JsonDocument.Parse(line);
            var pair = json.RootElement;
            pairs.Add(new IntentPair(pair.TryGetProperty("kind", out var kind) ? kind.GetString()! : "", pair.GetProperty("known").GetString()!, pair.GetProperty("asked").GetString()!));
        }

        return pairs;
    }
}
