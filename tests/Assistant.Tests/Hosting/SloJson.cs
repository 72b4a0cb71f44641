using System.Text.Json;

namespace Slipway.Assistant.Tests.Hosting;

/// <summary>Budgets for tests: so generous that a busy machine degrades nothing, unless a test says otherwise.</summary>
public static class SloJson
{
    public static readonly IReadOnlyDictionary<string, int> Generous = new Dictionary<string, int>
    {
        ["gateway"] = 1000, ["flags"] = 1000, ["cache"] = 20_000, ["retrieval"] = 20_000, ["prompt"] = 20_000, ["model"] = 60_000, ["post"] = 5000, ["record"] = 1000,
    };

    public static string With(params (string Stage, int Milliseconds)[] changes)
    {
        var stages = Generous.ToDictionary();
        foreach (var (stage, milliseconds) in changes) stages[stage] = milliseconds;
        return Of(stages, endToEnd: 130_000, withoutModel: 70_000);
    }

    public static string Of(IReadOnlyDictionary<string, int> stages, int endToEnd, int withoutModel) =>
        JsonSerializer.Serialize(new { routes = new { @default = new { endToEndMs = endToEnd, withoutModelMs = withoutModel, streamMs = 120_000, stages } } });
}
